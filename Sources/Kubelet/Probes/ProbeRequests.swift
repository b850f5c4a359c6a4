package import PodLifecycle

/// Asks containers over the network. No call lasts longer than its timeout.
package protocol ProbeRequests: Sendable {
    /// A success is an answer from 200 to 399; a redirect to another host is one with a warning.
    func get(_ request: HTTPGetRequest, timeout: Duration) async -> ProbeOutcome
    /// A success is a connection that is accepted.
    func connect(to host: String, port: Int32, timeout: Duration) async -> ProbeOutcome
    /// A success is that the service says it is serving, by the gRPC health checking protocol.
    /// - Parameter service: whose health; empty for the server as a whole.
    func checkHealth(of service: String, at host: String, port: Int32, timeout: Duration) async -> ProbeOutcome
}
