internal import HostSystem

/// The directory in which a private containerd keeps everything, laid out as `scripts/containerd-*.sh` know it.
package struct ContainerdDirectory: Sendable, Hashable {
    /// Room in a socket's address, without the final zero byte.
    private static let longestSocketPath = 107
    /// containerd opens a second socket of this name beside the first.
    private static let secondSocketSuffix = ".ttrpc"

    /// Absolute, without links.
    package let path: String

    /// Makes the directory, for root alone, if it isn't there.
    ///
    /// Throws `HostSystemError`, or `PrivateContainerdError` with code `pathTooLong`.
    package init(creating path: String) throws {
        try HostFiles.createDirectory(path)
        // A path with links would be another on containerd's command line than in its mounts.
        self.path = HostFiles.resolved(path) ?? path
        try HostFiles.setMode(self.path, 0o700)
        guard socket.utf8.count + Self.secondSocketSuffix.utf8.count <= Self.longestSocketPath else {
            throw PrivateContainerdError(
                .pathTooLong,
                "cannot start containerd: the path \(socket) is too long for a socket, use a shorter directory")
        }
    }

    package static let socketName = "containerd.sock"

    /// Where containerd answers.
    package var socket: String { "\(path)/\(Self.socketName)" }
    var configuration: String { "\(path)/config.toml" }
    var networkConfiguration: String { "\(path)/cni/net.d/10-swiftlet.conflist" }
    /// Name and subnet of the pods' network, which stay what they were first.
    var network: String { "\(path)/network" }
    var log: String { "\(path)/containerd.log" }
    var processID: String { "\(path)/containerd.pid" }
}
