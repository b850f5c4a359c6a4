/// Tells when the machine is about to shut down, and can have it wait.
package protocol ShutdownNotices: Sendable {
    /// What happens, until the task is cancelled. From the first event on the machine waits, until `letGo`, for as long
    /// as its own settings allow.
    func events() -> AsyncStream<ShutdownEvent>

    /// Has the machine wait no longer.
    func letGo()
}

package enum ShutdownEvent: Sendable, Hashable {
    /// Shutdowns are told, and wait.
    case watching
    /// It begins.
    case begins
    /// It was called off.
    case calledOff
    /// They can't be watched for now, for the reason given; that is tried again.
    case unavailable(String)
}
