import HTTPServing

/// Which streams a client wants of a command (upstream: `remotecommand.NewOptions`).
struct StreamOptions: Sendable, Hashable {
    var stdin: Bool
    var stdout: Bool
    var stderr: Bool
    var tty: Bool

    /// - Throws: `KubeletServerError` with code `badRequest` when it wants none.
    init(_ query: QueryParameters) throws {
        stdin = query["input"] == "1"
        stdout = query["output"] == "1"
        tty = query["tty"] == "1"
        // A terminal has one output.
        stderr = query["error"] == "1" && !tty
        guard stdin || stdout || stderr else {
            throw KubeletServerError(.badRequest, "you must specify at least 1 of stdin, stdout, stderr")
        }
    }
}
