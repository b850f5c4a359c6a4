import HTTPServing
import NIOHTTP1
import StructuredData

/// Says which resources there are, in the plain and in the aggregated form.
struct DiscoveryHandler: Sendable {
    let registry: ResourceRegistry

    /// - Parameter segments: the parts of the path.
    func respond(to request: HTTPServerRequest, segments: [String]) throws -> HTTPServerResponse {
        let accept = AcceptHeader(request.headers[canonicalForm: "accept"].map(String.init))
        switch segments.count {
        case 1:
            let isCore = segments[0] == "api"
            if let version = try accept.discoveryVersion() { return aggregated(version, isCore: isCore) }
            return JSONResponse.value(isCore ? versionList(request) : groupList)
        case 2 where segments[0] == "apis":
            guard segments[1] != "", registry.groups.contains(segments[1]) else { throw APIError.noSuchPath }
            return JSONResponse.value(headed(group(segments[1]), "APIGroup", "v1"))
        case 2: return try resourceList(group: "", version: segments[1])
        case 3: return try resourceList(group: segments[1], version: segments[2])
        default: throw APIError.noSuchPath
        }
    }

    private func headed(_ value: JSONValue, _ kind: String, _ version: String) -> JSONValue {
        var object: JSONObject = ["kind": .string(kind), "apiVersion": .string(version)]
        for (key, value) in value.objectValue ?? [:] { object[key] = value }
        return .object(object)
    }

    // MARK: - Plain

    private func versionList(_ request: HTTPServerRequest) -> JSONValue {
        let address = request.headers.first(name: "host") ?? ""
        return [
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(address)]],
        ]
    }

    private var groupList: JSONValue {
        let groups = registry.groups.filter { !$0.isEmpty }.map { group($0) }
        return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups)]
    }

    private func group(_ name: String) -> JSONValue {
        let version = registry.resources(of: name).first?.version ?? "v1"
        let entry: JSONValue = ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        return ["name": .string(name), "versions": [entry], "preferredVersion": entry]
    }

    private func resourceList(group: String, version: String) throws -> HTTPServerResponse {
        let resources = registry.resources(of: group).filter { $0.version == version }
        guard let first = resources.first else { throw APIError.noSuchPath }
        let entries = resources.sorted { $0.plural < $1.plural }.flatMap { self.entries($0) }
        return JSONResponse.value([
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(first.groupVersion),
            "resources": .array(entries),
        ])
    }

    private func entries(_ resource: APIResource) -> [JSONValue] {
        var entry: JSONValue = [
            "name": .string(resource.plural), "singularName": .string(resource.singular),
            "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind),
            "verbs": strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
        let subresources = resource.subresources.map { subresource -> JSONValue in
            var entry: JSONValue = [
                "name": .string("\(resource.plural)/\(subresource.name)"), "singularName": "",
                "namespaced": .bool(resource.isNamespaced), "kind": .string(subresource.kind),
                "verbs": strings(subresource.verbs),
            ]
            if !subresource.group.isEmpty {
                entry["group"] = .string(subresource.group)
                entry["version"] = .string(subresource.version)
            }
            return entry
        }
        return [entry] + subresources
    }

    // MARK: - Aggregated

    private func aggregated(_ version: String, isCore: Bool) -> HTTPServerResponse {
        let groups = registry.groups.filter { $0.isEmpty == isCore }.map { group -> JSONValue in
            let resources = registry.resources(of: group).sorted { $0.plural < $1.plural }
            let entry: JSONValue = [
                "version": .string(resources.first?.version ?? "v1"),
                "resources": .array(resources.map { aggregated($0) }), "freshness": "Current",
            ]
            let metadata: JSONValue = group.isEmpty ? [:] : ["name": .string(group)]
            return ["metadata": metadata, "versions": [entry]]
        }
        let document: JSONValue = [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"), "metadata": [:],
            "items": .array(groups),
        ]
        var headers = JSONResponse.headers
        headers.replaceOrAdd(
            name: "Content-Type",
            value: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
        headers.add(name: "Vary", value: "Accept")
        return .full(status: .ok, headers: headers, body: document.serialized())
    }

    private func aggregated(_ resource: APIResource) -> JSONValue {
        var entry: JSONValue = [
            "resource": .string(resource.plural), "responseKind": responseKind(resource, nil),
            "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
            "verbs": strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
        if !resource.subresources.isEmpty {
            entry["subresources"] = .array(
                resource.subresources.map {
                    [
                        "subresource": .string($0.name), "responseKind": responseKind(resource, $0),
                        "verbs": strings($0.verbs),
                    ]
                })
        }
        return entry
    }

    private func responseKind(_ resource: APIResource, _ subresource: APIResource.Subresource?) -> JSONValue {
        let isForeign = subresource.map { !$0.group.isEmpty } ?? false
        return [
            "group": .string(isForeign ? subresource?.group ?? "" : resource.group),
            "version": .string(isForeign ? subresource?.version ?? "" : resource.version),
            "kind": .string(subresource?.kind ?? resource.kind),
        ]
    }

    private func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
