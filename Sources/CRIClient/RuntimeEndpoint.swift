internal import ContainerRuntime
internal import Glibc

/// Where a container runtime listens: a Unix domain socket on this machine.
package struct RuntimeEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// The socket's absolute path.
    package let path: String

    /// Reads an endpoint as `containerRuntimeEndpoint` spells it: `unix:///run/containerd/containerd.sock`, or the
    /// bare path.
    ///
    /// Throws `ContainerRuntimeError` with code `invalidArgument` for another scheme, a relative path, and a path
    /// longer than a socket address holds (107 bytes).
    package init(_ text: String) throws {
        let scheme = "unix://"
        let path = text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
        guard path.hasPrefix("/") else {
            throw ContainerRuntimeError(
                .invalidArgument, "read container runtime endpoint \"\(text)\": not unix:// and an absolute path")
        }
        guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw ContainerRuntimeError(
                .invalidArgument, "read container runtime endpoint \"\(text)\": the path is too long for a socket")
        }
        self.path = path
    }

    package var description: String { "unix://\(path)" }

    /// Why nothing answers at the socket, in the words of the operating system; `nil` when a connection succeeds.
    func connectionFailure() -> String? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return String(cString: strerror(errno)).lowercased() }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        return result == 0 ? nil : String(cString: strerror(errno)).lowercased()
    }
}
