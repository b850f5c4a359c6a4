import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix

/// What went wrong on the way to a container, in the words of Go's `net` and `net/http`, which upstream's events have
/// and which others look for.
enum NetworkErrorText {
    private static let errorsOfConnect: Set<Int32> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT]

    /// Of an HTTP request.
    static func ofRequest(_ error: any Error, to host: String, _ port: Int) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout:
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "EOF"
        case is NIOConnectionError: ofDial(error, to: host, port)
        case let error as IOError where errorsOfConnect.contains(error.errnoCode): ofDial(error, to: host, port)
        case let error as IOError: "read: \(words(error))"
        default: "\(error)"
        }
    }

    /// Of a connection that does not come about.
    static func ofDial(_ error: any Error, to host: String, _ port: Int) -> String {
        guard let error = error as? NIOConnectionError else {
            return "dial tcp \(address(host, port)): \(ofConnect(error))"
        }
        guard let failure = error.connectionErrors.last else { return "dial tcp: lookup \(error.host): no such host" }
        let address = address(failure.target.ipAddress ?? error.host, failure.target.port ?? error.port)
        return "dial tcp \(address): \(ofConnect(failure.error))"
    }

    /// `10.0.0.1:80`, `[::1]:80`.
    static func address(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func ofConnect(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "connect: \(words(error))"
        case ChannelError.connectTimeout: "i/o timeout"
        default: "\(error)"
        }
    }

    /// `connection refused`.
    private static func words(_ error: IOError) -> String { String(cString: strerror(error.errnoCode)).lowercased() }
}
