/// Why a certificate, key or kubeconfig could not be made or read.
package struct ClusterPKIError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A file is there, but it isn't what it should be: cut short, garbled or without its counterpart.
        case corruptFile
        /// A file or directory could not be read or written.
        case fileAccess
        /// The CA's own validity has ended.
        case expired
        /// What was asked for cannot be put into a certificate.
        case invalidRequest
    }

    package let code: Code
    /// Operation, file and cause, in lower case.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
