/// Why there is no private containerd.
package struct PrivateContainerdError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A program or plugin that containerd needs is not installed.
        case notInstalled
        /// The directory's path leaves no room for a socket's.
        case pathTooLong
        /// No subnet is left for the pods.
        case noSubnet
        /// A file in the directory isn't what this version writes.
        case malformedFile
        /// The service ended before containerd answered.
        case ended
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
