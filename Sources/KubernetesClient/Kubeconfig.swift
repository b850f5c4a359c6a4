import HostSystem
import StructuredData

/// Where an API server is and how to authenticate there: one context of a kubeconfig file.
package struct Kubeconfig: Sendable {
    /// URL of the server, without a slash at its end.
    package var server: String
    /// PEM; `nil` trusts the system's roots.
    package var serverCA: [UInt8]?
    package var isServerVerified: Bool
    /// PEM.
    package var clientCertificate: [UInt8]?
    /// PEM.
    package var clientKey: [UInt8]?
    package var bearerToken: String?
    /// Namespace of the context.
    package var namespace: String

    package init(
        server: String, serverCA: [UInt8]? = nil, isServerVerified: Bool = true, clientCertificate: [UInt8]? = nil,
        clientKey: [UInt8]? = nil, bearerToken: String? = nil, namespace: String = "default"
    ) {
        self.server = server
        self.serverCA = serverCA
        self.isServerVerified = isServerVerified
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.bearerToken = bearerToken
        self.namespace = namespace
    }

    /// Reads a kubeconfig and the files it names; relative names start at its directory.
    ///
    /// - Parameter context: `nil` takes `current-context`.
    /// - Throws: `KubernetesClientError` with code `invalidKubeconfig`, naming the file and what is wrong in it.
    package init(path: String, context: String? = nil) throws {
        self = try KubeconfigReader(path: path).read(context: context)
    }
}

/// Reads one kubeconfig; every error names the file.
private struct KubeconfigReader {
    let path: String

    func read(context requested: String?) throws -> Kubeconfig {
        let document = try parse()
        guard let name = requested ?? document["current-context"]?.stringValue, !name.isEmpty else {
            throw failure("it has no current-context")
        }
        let context = try entry("context", name, in: document)
        guard let clusterName = context["cluster"]?.stringValue else {
            throw failure("context \"\(name)\" names no cluster")
        }
        let cluster = try entry("cluster", clusterName, in: document)
        guard let server = cluster["server"]?.stringValue, server.hasPrefix("https://") || server.hasPrefix("http://")
        else { throw failure("cluster \"\(clusterName)\" has no server URL") }
        var config = Kubeconfig(server: server.hasSuffix("/") ? String(server.dropLast()) : server)
        config.namespace = context["namespace"]?.stringValue ?? "default"
        config.isServerVerified = cluster["insecure-skip-tls-verify"]?.boolValue != true
        config.serverCA = try material("certificate-authority", of: cluster)
        try refuse(["tls-server-name", "proxy-url"], in: cluster, of: "cluster \"\(clusterName)\"")
        if let userName = context["user"]?.stringValue, !userName.isEmpty {
            try readUser(try entry("user", userName, in: document), userName, into: &config)
        }
        return config
    }

    private func readUser(_ user: JSONValue, _ name: String, into config: inout Kubeconfig) throws {
        try refuse(["exec", "auth-provider", "username", "as"], in: user, of: "user \"\(name)\"")
        config.clientCertificate = try material("client-certificate", of: user)
        config.clientKey = try material("client-key", of: user)
        guard (config.clientCertificate == nil) == (config.clientKey == nil) else {
            throw failure("user \"\(name)\" has only one of client certificate and client key")
        }
        if let token = user["token"]?.stringValue, !token.isEmpty {
            config.bearerToken = token
        } else if let file = user["tokenFile"]?.stringValue, !file.isEmpty {
            let text = String(decoding: try readFile(file), as: UTF8.self)
            config.bearerToken = String(text.filter { !$0.isWhitespace })
        }
    }

    private func parse() throws -> JSONValue {
        let bytes = try readFile(path, relative: false)
        do {
            return JSONValue(try DocumentReader.readSingle(bytes))
        } catch {
            throw failure("\(error)", cause: error)
        }
    }

    /// The `context` of the item named `name` in `contexts`, and so on.
    private func entry(_ kind: String, _ name: String, in document: JSONValue) throws -> JSONValue {
        for item in document[kind + "s"]?.arrayValue ?? [] where item["name"]?.stringValue == name {
            return item[kind] ?? .object([:])
        }
        throw failure("it has no \(kind) \"\(name)\"")
    }

    /// Embedded data, which wins as in kubectl, or the file's bytes.
    private func material(_ key: String, of entry: JSONValue) throws -> [UInt8]? {
        if let text = entry[key + "-data"]?.stringValue, !text.isEmpty {
            guard let bytes = Base64.decode(text) else { throw failure("\(key)-data is not base64") }
            return bytes
        }
        guard let file = entry[key]?.stringValue, !file.isEmpty else { return nil }
        return try readFile(file)
    }

    private func readFile(_ name: String, relative: Bool = true) throws -> [UInt8] {
        let file = name.hasPrefix("/") || !relative ? name : HostFiles.parent(of: path) + "/" + name
        do {
            return try HostFiles.read(file, limit: 1 << 20)
        } catch {
            throw KubernetesClientError(.invalidKubeconfig, "cannot use kubeconfig \(path): \(error)", cause: error)
        }
    }

    private func refuse(_ keys: [String], in entry: JSONValue, of owner: String) throws {
        for key in keys where entry[key].map({ !$0.isNull }) ?? false {
            throw failure("\(owner) uses \(key), which is not supported")
        }
    }

    private func failure(_ problem: String, cause: (any Error)? = nil) -> KubernetesClientError {
        KubernetesClientError(.invalidKubeconfig, "cannot use kubeconfig \(path): \(problem)", cause: cause)
    }
}
