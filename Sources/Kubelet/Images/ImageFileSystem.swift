package import ContainerRuntime
package import HostSystem
import Synchronization

/// The file system on which the runtime keeps its images.
package final class ImageFileSystem: Sendable {
    private let images: any ImageService
    private let measure: @Sendable (String) throws -> DiskSpace
    /// Where it is mounted, once the runtime has been asked.
    private let place = Mutex<String?>(nil)

    /// - Parameter measure: measures the file system that a path is on.
    package init(
        _ images: any ImageService,
        measure: @escaping @Sendable (String) throws -> DiskSpace = { try DiskSpace.of($0) }
    ) {
        self.images = images
        self.measure = measure
    }

    /// How much of it is free.
    /// - Throws: `ContainerRuntimeError` when the runtime doesn't say where it is, `HostSystemError`, `CancellationError`.
    package func space() async throws -> DiskSpace {
        if let known = place.withLock({ $0 }), let space = try? measure(known) { return space }
        return try measure(try await find())
    }

    /// Whether it is another one than that of a path.
    /// - Throws: as `space()`.
    func isSeparate(from path: String) async throws -> Bool {
        let known = place.withLock { $0 }
        let images = if let known { known } else { try await find() }
        return try HostFiles.attributes(images)?.device != HostFiles.attributes(path)?.device
    }

    private func find() async throws -> String {
        guard let found = try await images.imageFileSystems().first?.mountpoint else {
            throw ContainerRuntimeError(.failed, "the container runtime names no file system of images")
        }
        place.withLock { $0 = found }
        return found
    }
}
