internal import ContainerRuntime
internal import KubeletConfiguration
internal import StructuredData

/// What is written to a credential provider, and what it answers; `credentialprovider.kubelet.k8s.io`.
enum CredentialExchange {
    /// What an answer holds for.
    enum CacheKeyType: String, Sendable, Hashable {
        case image = "Image"
        case registry = "Registry"
        case global = "Global"
    }

    struct Response: Sendable, Hashable {
        var cacheKeyType: CacheKeyType
        /// `nil` for the provider's default.
        var cacheDuration: Duration?
        var entries: [DockerConfigFile.Entry]
    }

    /// Why an answer is none; never with a piece of it.
    struct BadResponse: Error, CustomStringConvertible {
        let description: String
    }

    static func request(for image: String, apiVersion: String) -> [UInt8] {
        let request: JSONObject = [
            "kind": .string("CredentialProviderRequest"), "apiVersion": .string(apiVersion), "image": .string(image),
        ]
        return Array(JSONValue.object(request).serializedString.utf8)
    }

    static func response(_ bytes: [UInt8], apiVersion: String) throws -> Response {
        guard let answer = try? JSONValue(parsing: bytes), answer.objectValue != nil else {
            throw BadResponse(description: "it is no JSON object")
        }
        for (field, expected) in [("kind", "CredentialProviderResponse"), ("apiVersion", apiVersion)]
        where answer[field]?.stringValue != expected {
            throw BadResponse(description: "its \(field) is not \(expected)")
        }
        guard let type = answer["cacheKeyType"]?.stringValue.flatMap(CacheKeyType.init) else {
            throw BadResponse(description: "its cacheKeyType is not Image, Registry or Global")
        }
        return Response(
            cacheKeyType: type, cacheDuration: try cacheDuration(answer["cacheDuration"] ?? .null),
            entries: try entries(answer["auth"] ?? .null))
    }

    private static func cacheDuration(_ value: JSONValue) throws -> Duration? {
        if value.isNull { return nil }
        guard let duration = value.stringValue.flatMap({ GoDuration($0) }), duration >= .zero else {
            throw BadResponse(description: "its cacheDuration is no duration such as \"10m\"")
        }
        return duration.duration
    }

    private static func entries(_ auth: JSONValue) throws -> [DockerConfigFile.Entry] {
        guard let registries = auth.isNull ? JSONObject() : auth.objectValue else {
            throw BadResponse(description: "its auth is no object")
        }
        return try registries.map { registry, entry in
            guard entry.objectValue != nil else { throw BadResponse(description: "an entry of its auth is no object") }
            return DockerConfigFile.Entry(
                registry: registry,
                credentials: RegistryCredentials(
                    username: entry["username"]?.stringValue ?? "", password: entry["password"]?.stringValue ?? ""))
        }
    }
}
