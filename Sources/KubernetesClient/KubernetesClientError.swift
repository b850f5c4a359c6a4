package import KubernetesAPI

/// Why the API server did not do what it was asked.
package struct KubernetesClientError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The kubeconfig, or a file that it names, cannot be used.
        case invalidKubeconfig
        /// No connection, or one that broke before the answer.
        case unreachable
        /// No answer in time.
        case timedOut
        /// The server answered with an error: see `status`.
        case refused
        /// The server's answer is not what was expected of it.
        case unexpectedAnswer
    }

    package let code: Code
    /// Operation, object and cause, in lower case.
    package let message: String
    /// What the server said, with code `refused`.
    package let status: Status?
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, status: Status? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.cause = cause
    }

    package var description: String { message }

    /// The HTTP status, 0 when the server did not answer.
    package var httpStatus: Int { Int(status?.code ?? 0) }

    package var isNotFound: Bool { httpStatus == 404 }
    package var isUnauthorized: Bool { httpStatus == 401 }
    package var isForbidden: Bool { httpStatus == 403 }
    package var isInvalid: Bool { httpStatus == 422 || httpStatus == 400 }
    package var isAlreadyExists: Bool { status?.reason == .alreadyExists }
    package var isConflict: Bool { httpStatus == 409 && !isAlreadyExists }
    /// The resource version is too old, or a watch's history is gone: list again.
    package var isExpired: Bool { httpStatus == 410 || status?.reason == .expired || status?.reason == .gone }
}
