internal import ContainerRuntime
internal import GRPCCore

extension ContainerRuntimeError {
    /// What an error of a gRPC call means to those above the seam; `operation` names the call and its object.
    init(_ error: any Error, operation: String) {
        switch error {
        case let error as ContainerRuntimeError:
            self = error
        case let error as RPCError:
            // Up to containerd 1.7 that is no code but a sentence, while it reads its state after a start.
            let isStarting = error.code == .unknown && error.message == "server is not initialized yet"
            self.init(
                isStarting ? .unavailable : Code(error.code), "\(operation): \(error.message)", detail: error.message,
                cause: error)
        case let error as RuntimeError where error.code == .clientIsStopped:
            self.init(.unavailable, "\(operation): the connection to the container runtime is closed", cause: error)
        default:
            self.init(.failed, "\(operation): \(error)", cause: error)
        }
    }
}

extension ContainerRuntimeError {
    var isFailedPrecondition: Bool { (cause as? RPCError)?.code == .failedPrecondition }
}

extension ContainerRuntimeError.Code {
    init(_ code: RPCError.Code) {
        switch code {
        case .unavailable: self = .unavailable
        case .deadlineExceeded: self = .timedOut
        case .notFound: self = .notFound
        case .alreadyExists: self = .alreadyExists
        case .invalidArgument, .outOfRange: self = .invalidArgument
        case .unimplemented: self = .unimplemented
        case .permissionDenied, .unauthenticated: self = .permissionDenied
        default: self = .failed
        }
    }
}
