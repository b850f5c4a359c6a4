import HTTPServing
import NIOHTTP1
import StructuredData

/// The part of an OpenAPI v3 document that is true of this server: which kinds can be patched, and that the server
/// checks fields itself. kubectl looks that up before it creates, applies or edits
/// (cli-runtime/pkg/resource/query_param_verifier_v3.go). There are no schemas, so `kubectl explain` has nothing to say.
struct OpenAPIHandler: Sendable {
    let registry: ResourceRegistry

    func respond(segments: [String]) throws -> HTTPServerResponse {
        if segments == ["openapi", "v2"] { return Self.versionTwo }
        guard segments.count >= 2, segments[1] == "v3" else { throw APIError.noSuchPath }
        let resources = registry.resources.filter { $0.verbs.contains("patch") }
        guard segments.count > 2 else { return JSONResponse.value(index(resources)) }
        let path = segments.dropFirst(2).joined(separator: "/")
        let matching = resources.filter { Self.path($0) == path }
        guard !matching.isEmpty else { throw APIError.noSuchPath }
        return JSONResponse.value(document(matching))
    }

    /// The document of version 2 that old clients insist on before they send anything: it describes no kinds, so that
    /// they check none themselves. They only read it as protobuf: `Document{swagger, info{title, version}, paths}`.
    private static let versionTwo: HTTPServerResponse = {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        let info = field(1, Array("Kubernetes".utf8)) + field(2, Array("v1.33.0".utf8))
        return .full(
            status: .ok,
            headers: ["Content-Type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"],
            body: field(1, Array("2.0".utf8)) + field(2, info) + field(8, []))
    }()

    private func index(_ resources: [APIResource]) -> JSONValue {
        var paths = JSONObject()
        for path in resources.map(Self.path) {
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)")]
        }
        return ["paths": .object(paths)]
    }

    private static func path(_ resource: APIResource) -> String {
        resource.group.isEmpty ? "api/\(resource.version)" : "apis/\(resource.group)/\(resource.version)"
    }

    private func document(_ resources: [APIResource]) -> JSONValue {
        var paths = JSONObject()
        for resource in resources {
            let namespace = resource.isNamespaced ? "namespaces/{namespace}/" : ""
            paths["/\(Self.path(resource))/\(namespace)\(resource.plural)/{name}"] = ["patch": operation(resource)]
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": ServerVersion.document["gitVersion"] ?? ""],
            "paths": .object(paths), "components": ["schemas": [:]],
        ]
    }

    private func operation(_ resource: APIResource) -> JSONValue {
        let parameters = ["dryRun", "fieldManager", "fieldValidation"].map { name -> JSONValue in
            ["name": .string(name), "in": "query", "schema": ["type": "string"]]
        }
        return [
            "operationId": .string("patch\(resource.kind)"), "parameters": .array(parameters),
            "responses": ["200": ["description": "OK"]], "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": [
                "group": .string(resource.group), "version": .string(resource.version), "kind": .string(resource.kind),
            ],
        ]
    }
}
