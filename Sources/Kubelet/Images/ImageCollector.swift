package import ContainerRuntime
import HostSystem
import KubernetesAPI
package import Logging
package import PodLifecycle

/// Removes images that nobody uses, when the file system they are on fills up.
///
/// It looks every five minutes and after pulls. With room enough a look is one call of the kernel: what is in use is known
/// from the runtime's events, and images are listed only when there are new ones or some have to go.
package actor ImageCollector {
    /// Upstream's.
    private static let period = Duration.seconds(300)

    /// What the collector works with.
    package struct Collaborators: Sendable {
        package var images: any ImageService
        package var fileSystem: ImageFileSystem
        package var runtime: any RuntimeService
        package var monitor: RuntimeMonitor
        package var workers: PodWorkers
        package var events: any EventSink
        package var clock: any KubeletClock
        package var logger: Logger

        package init(
            images: any ImageService, fileSystem: ImageFileSystem, runtime: any RuntimeService, monitor: RuntimeMonitor,
            workers: PodWorkers, events: any EventSink, clock: any KubeletClock, logger: Logger
        ) {
            self.images = images
            self.fileSystem = fileSystem
            self.runtime = runtime
            self.monitor = monitor
            self.workers = workers
            self.events = events
            self.clock = clock
            self.logger = logger
        }
    }

    /// Why too little could be set free; shows as an event of the node.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let parts: Collaborators
    private let node: EventTarget
    private let pulls: WakeSignal
    private let start = WakeSignal()
    private var collection: ImageCollection
    private var hasFailed = false

    /// - Parameter pulls: rings after each pull.
    package init(
        _ policy: ImageCollection.Policy, nodeName: String, pulls: WakeSignal, _ collaborators: Collaborators
    ) {
        parts = collaborators
        node = EventTarget(node: nodeName)
        self.pulls = pulls
        collection = ImageCollection(policy, began: collaborators.clock.now())
    }

    /// Tells that every source has been read: images of pods that have yet to start are known by now.
    nonisolated func allPodsAreKnown() { start.ring() }

    /// Looks now and then, until cancelled.
    func run() async {
        guard !collection.policy.isOff else { return }
        // A source that can't be read must not fill the disk.
        _ = await start.wait(until: parts.clock.now().adding(Self.period), on: parts.clock)
        var hasNewImages = true
        while !Task.isCancelled {
            do {
                if hasNewImages { collection.noteImages(try await parts.images.listImages(), now: parts.clock.now()) }
                try await collect()
                hasFailed = false
            } catch is CancellationError {
                return
            } catch {
                note(error)
            }
            hasNewImages = await !pulls.wait(until: parts.clock.now().adding(Self.period), on: parts.clock)
        }
    }

    private func note(_ error: any Error) {
        parts.logger.error("image garbage collection failed", metadata: ["error": "\(error)"])
        // As upstream: once may be bad luck.
        if hasFailed { parts.events.record(.warning, "ImageGCFailed", "\(error)", about: node) }
        hasFailed = true
    }

    /// Removes what is too old, and then as much as the thresholds ask for.
    /// - Throws: `Failure` when there was not enough to remove, errors of the runtime, `CancellationError`.
    private func collect() async throws {
        collection.noteUses(await usedByPods(), now: parts.clock.now())
        if collection.policy.maximumAge > .zero {
            let (images, inUse) = try await imagesAndUses()
            let expired = collection.expired(images, inUse: inUse, now: parts.clock.now())
            _ = try await remove(expired, toFree: .max)
        }
        let space = try await parts.fileSystem.space()
        let (capacity, available) = (Int64(clamping: space.capacity), Int64(clamping: space.available))
        guard capacity > 0 else {
            let failure = Failure(description: "invalid capacity 0 on image filesystem")
            parts.events.record(.warning, "InvalidDiskCapacity", "\(failure)", about: node)
            throw failure
        }
        guard let excess = collection.policy.excess(capacity: capacity, available: available) else { return }
        let used = ImageCollection.Policy.usedPercent(capacity: capacity, available: available)
        parts.logger.info(
            "the file system of images is over its high threshold",
            metadata: ["usedPercent": "\(used)", "bytesToFree": "\(excess)"])
        let freed = try await removeUnused(toFree: excess)
        guard freed < excess else { return }
        let failure = Failure(
            description: "Insufficient free disk space on the node's image filesystem (\(used)% of \(capacity.inBytes) "
                + "used). Failed to free sufficient space by deleting unused images (freed \(freed) bytes). Investigate "
                + "disk usage, as it could be used by active images, logs, volumes, or other data.")
        parts.events.record(.warning, "FreeDiskSpaceFailed", "\(failure)", about: node)
        throw failure
    }

    /// Removes every image that nobody uses and that is no newer than the policy allows.
    /// - Returns: the bytes that were set free, as the runtime counts images.
    @discardableResult
    package func deleteUnusedImages() async throws -> Int64 { try await removeUnused(toFree: .max) }

    private func removeUnused(toFree wanted: Int64) async throws -> Int64 {
        let (images, inUse) = try await imagesAndUses()
        let removable = collection.removable(images, inUse: inUse, now: parts.clock.now())
        return try await remove(removable, toFree: wanted)
    }

    /// Removes images in this order until enough is free. One that can't be removed holds up no other.
    private func remove(_ images: [RuntimeImage], toFree wanted: Int64) async throws -> Int64 {
        var freed: Int64 = 0
        var failures: [String] = []
        for image in images where freed < wanted {
            // A pod may have come meanwhile.
            guard await usedByPods().isDisjoint(with: image.references) else { continue }
            let size = Int64(clamping: image.size)
            parts.logger.info(
                "removing an image", metadata: ["image": "\(image.repoTags.first ?? image.id)", "bytes": "\(size)"])
            do {
                try await parts.images.removeImage(ImageReference(image.id))
                freed += size
            } catch let error as ContainerRuntimeError {
                failures.append(error.message)
            }
        }
        guard failures.isEmpty else {
            throw Failure(
                description: (wanted == .max ? "" : "wanted to free \(wanted) bytes, but ")
                    + "freed \(freed) bytes space with errors in image deletion: \(failures.joined(separator: ", "))")
        }
        return freed
    }

    // MARK: What there is

    /// All images, and the names, digests and IDs of those in use: by any container of the runtime's, by pods, and by
    /// sandboxes.
    private func imagesAndUses() async throws -> (images: [RuntimeImage], inUse: Set<String>) {
        let images = try await parts.images.listImages()
        // Asked after the images: one that is taken into use now is in the list already.
        var inUse = Set(try await parts.runtime.listContainers(.all).flatMap(\.imageReferences))
        inUse.formUnion(await usedByPods())
        if let sandbox = try await parts.images.sandboxImage() { inUse.formUnion(ImageName.references(sandbox)) }
        let now = parts.clock.now()
        collection.noteUses(inUse, now: now)
        collection.noteImages(images, now: now)
        return (images, inUse)
    }

    /// What containers are made of, and what the pods of the manifests need: also what was pulled for a version that has
    /// not taken over.
    private func usedByPods() async -> Set<String> {
        await parts.monitor.imageReferences.union(parts.workers.imageReferences)
    }
}

extension RuntimeContainer {
    /// What the container's image may be called, and those that it mounts.
    var imageReferences: [String] {
        let mounted = mounts.compactMap(\.image).flatMap { [$0.image, $0.userSpecified] }
        return ([imageRef, imageID] + mounted).filter { !$0.isEmpty } + ImageName.references(image)
    }
}

extension ImageName {
    /// What runtimes may call an image that a user calls so.
    static func references(_ text: String) -> Set<String> {
        guard let name = ImageName(text) else { return [text] }
        var references: Set<String> = [text, name.withTag]
        for repository in [name.repository, name.fullRepository] {
            if let digest = name.digest { references.insert("\(repository)@\(digest)") }
            if let tag = name.tag ?? (name.digest == nil ? "latest" : nil) { references.insert("\(repository):\(tag)") }
        }
        return references
    }
}

extension Int64 {
    /// Bytes as people read them: `89.9 GiB`.
    fileprivate var inBytes: String {
        var (value, unit) = (Double(self), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
        let tenths = Int64((value * 10).rounded())
        return unit == 0 ? "\(self) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
