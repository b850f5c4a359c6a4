package import KubernetesAPI

/// Sends what `httpGet` hooks ask for.
package protocol HookRequests: Sendable {
    /// Sends the request and waits for an answer; any answer is a success. Without a time limit of its own: it ends when
    /// the task is cancelled.
    /// - Returns: whether a server that was expected to speak HTTPS was asked over HTTP in the end.
    /// - Throws: when nobody answers.
    func send(_ request: HookRequest) async throws -> Bool
}

/// One request of a hook.
package struct HookRequest: Sendable, Hashable {
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
}
