package import NIOHTTP1

/// Why a request to the kubelet could not be met: what the client gets to read, and with which status.
package struct KubeletServerError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The request makes no sense as it stands, or not in the pod's present state.
        case badRequest
        /// The parameters can be read but are not allowed.
        case invalidParameters
        /// No such pod, container or file.
        case notFound
        /// The endpoint is turned off.
        case disabled
        /// The runtime or the host did not do what was asked.
        case failed
    }

    package let code: Code
    /// In upstream's words where it has some, for scripts match on them.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    package var status: HTTPResponseStatus {
        switch code {
        case .badRequest: .badRequest
        case .invalidParameters: .unprocessableEntity
        case .notFound: .notFound
        case .disabled: .methodNotAllowed
        case .failed: .internalServerError
        }
    }
}
