/// Why the container runtime did not do what it was asked.
package struct ContainerRuntimeError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// Nothing answers at the runtime's socket.
        case unavailable
        /// No answer came within the call's time.
        case timedOut
        /// The sandbox, container or image doesn't exist.
        case notFound
        /// Something of that name exists already.
        case alreadyExists
        /// The request can't be met as it stands.
        case invalidArgument
        /// The runtime doesn't know the call.
        case unimplemented
        /// The registry or the kernel refused.
        case permissionDenied
        /// Anything else the runtime reported.
        case failed
    }

    package let code: Code
    /// Operation, object and cause, in lower case.
    package let message: String
    /// The cause alone, in the runtime's own words: what is shown of it where everybody knows what was asked of what.
    package let detail: String
    package let cause: (any Error)?

    /// - Parameter detail: `nil` where the message has nothing but it.
    package init(_ code: Code, _ message: String, detail: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.detail = detail ?? message
        self.cause = cause
    }

    package var description: String { message }
}
