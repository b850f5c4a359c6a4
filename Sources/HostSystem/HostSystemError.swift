import Glibc

/// Why the operating system did not do what it was asked.
package struct HostSystemError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case notFound
        case permissionDenied
        case alreadyExists
        /// Somebody else holds the lock.
        case locked
        /// More bytes than the caller allows.
        case tooLarge
        /// It took longer than the caller allows.
        case timedOut
        /// Something else is where a file or directory of another kind was expected.
        case wrongKind
        /// Any other errno.
        case failed
    }

    package let code: Code
    /// Operation, path and cause, in lower case.
    package let message: String
    /// The errno behind it; 0 when there is none.
    package let errorNumber: Int32

    package init(_ code: Code, _ message: String, errorNumber: Int32 = 0) {
        self.code = code
        self.message = message
        self.errorNumber = errorNumber
    }

    /// The error of a system call that has just failed with `number`.
    package static func system(_ operation: String, _ path: String, errorNumber number: Int32 = errno) -> Self {
        let code: Code =
            switch number {
            case ENOENT: .notFound
            case EACCES, EPERM: .permissionDenied
            case EEXIST: .alreadyExists
            case EWOULDBLOCK: .locked
            case ENOTDIR, EISDIR: .wrongKind
            default: .failed
            }
        return Self(code, "cannot \(operation) \(path): \(describe(number))", errorNumber: number)
    }

    /// The system's words for an errno, in lower case.
    package static func describe(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text).lowercased()
    }

    package var description: String { message }
}
