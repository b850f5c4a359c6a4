import HostSystem
import PrivateContainerd

/// Runs `body` with a directory for one private containerd, and removes it.
func withTemporaryDirectory<Result>(
    _ body: (ContainerdDirectory) async throws -> Result
) async throws -> Result {
    let directory = try ContainerdDirectory(creating: "/tmp/swiftlet-ctd-\(UInt32.random(in: 0 ... .max))")
    defer { try? HostFiles.removeTree(directory.path) }
    return try await body(directory)
}
