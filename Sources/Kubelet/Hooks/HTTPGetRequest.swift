package import KubernetesAPI

/// One request to a container, for a hook or a probe.
package struct HTTPGetRequest: Sendable, Hashable {
    package var isHTTPS: Bool
    package var host: String
    package var port: Int32
    /// Path and query.
    package var target: String
    package var headers: [HTTPHeader]

    package init(isHTTPS: Bool, host: String, port: Int32, target: String, headers: [HTTPHeader]) {
        self.isHTTPS = isHTTPS
        self.host = host
        self.port = port
        self.target = target
        self.headers = headers
    }

    /// `http://10.0.0.1:80/healthz`.
    package var url: String {
        "\(isHTTPS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)\(target)"
    }
}

/// Why it can't be told whom to ask.
struct EndpointError: Error, CustomStringConvertible {
    let description: String

    static let noAddress = EndpointError(description: "the pod has no address")

    static func invalidPort(_ port: IntOrString) -> EndpointError {
        EndpointError(description: "invalid port: \(port)")
    }
}

extension HTTPGetAction {
    /// The path as it is asked for.
    var target: String { path.hasPrefix("/") ? path : "/" + path }

    /// - Parameter address: the pod's IP.
    func request(to container: Container, at address: String?) throws(EndpointError) -> HTTPGetRequest {
        let port = try container.number(of: port)
        guard let host = host.isEmpty ? address : host else { throw .noAddress }
        return HTTPGetRequest(
            isHTTPS: scheme == .https, host: host, port: port, target: target, headers: httpHeaders)
    }
}

extension Container {
    /// A port that is given by its number, or by its name in the container's spec.
    func number(of port: IntOrString) throws(EndpointError) -> Int32 {
        let number: Int32? =
            switch port {
            case .int(let value): value
            case .string(let name): ports.first { $0.name == name }?.containerPort ?? Int32(name)
            }
        guard let number, (1...65_535).contains(number) else { throw .invalidPort(port) }
        return number
    }
}
