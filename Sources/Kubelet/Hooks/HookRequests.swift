/// Sends what `httpGet` hooks ask for.
package protocol HookRequests: Sendable {
    /// Sends the request and waits for an answer; any answer is a success. Without a time limit of its own: it ends when
    /// the task is cancelled.
    /// - Returns: whether a server that was expected to speak HTTPS was asked over HTTP in the end.
    /// - Throws: when nobody answers.
    func send(_ request: HTTPGetRequest) async throws -> Bool
}
