package import NIOHTTP1

/// Why a listener could not be opened, a request could not be read or a backend could not be reached.
package struct HTTPServingError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// Another socket listens there already.
        case addressInUse
        /// The listener could not be opened for another reason.
        case listenFailed
        /// A certificate, key or CA bundle could not be read or does not parse.
        case invalidTLSMaterial
        /// The request is malformed.
        case badRequest
        /// The request body is longer than its reader allows.
        case bodyTooLarge
        /// The peer is gone.
        case connectionClosed
        /// A proxied request found no backend, or one that doesn't speak HTTP.
        case backendUnreachable
    }

    package let code: Code
    /// Operation, object and cause, in lower case.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// What the server answers when a handler lets this error through.
    package var status: HTTPResponseStatus {
        switch code {
        case .badRequest: .badRequest
        case .bodyTooLarge: .payloadTooLarge
        case .backendUnreachable: .badGateway
        case .addressInUse, .listenFailed, .invalidTLSMaterial, .connectionClosed: .internalServerError
        }
    }

    static let connectionClosed = HTTPServingError(.connectionClosed, "the connection is closed")
}
