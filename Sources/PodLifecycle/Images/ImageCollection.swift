package import ContainerRuntime
package import KubernetesAPI

/// Which images a node can do without.
///
/// Rules and numbers are those of upstream's `pkg/kubelet/images/image_gc_manager.go`. It knows what it has been told since
/// it began: after a restart of the kubelet every image counts as just found, and as never used.
package struct ImageCollection: Sendable, Hashable {
    package struct Policy: Sendable, Hashable {
        /// The part of the file system in use, in percent, from which images are removed.
        package var highThresholdPercent: Int64
        /// Down to which they are removed.
        package var lowThresholdPercent: Int64
        /// Images that were found more recently stay, except when they are too old.
        package var minimumAge: Duration
        /// Images that nobody has used for longer go in any case; zero for no such limit.
        package var maximumAge: Duration

        package init(
            highThresholdPercent: Int64 = 85, lowThresholdPercent: Int64 = 80, minimumAge: Duration = .seconds(120),
            maximumAge: Duration = .zero
        ) {
            self.highThresholdPercent = highThresholdPercent
            self.lowThresholdPercent = lowThresholdPercent
            self.minimumAge = minimumAge
            self.maximumAge = maximumAge
        }

        /// Whether no image is ever removed.
        package var isOff: Bool { highThresholdPercent >= 100 && maximumAge == .zero }

        /// The part of a file system in use, in percent.
        package static func usedPercent(capacity: Int64, available: Int64) -> Int64 {
            100 - Int64(Int128(min(available, capacity)) * 100 / Int128(capacity))
        }

        /// Bytes to be set free on a file system; `nil` when there is room enough.
        package func excess(capacity: Int64, available: Int64) -> Int64? {
            guard capacity > 0, Self.usedPercent(capacity: capacity, available: available) >= highThresholdPercent
            else { return nil }
            return Int64(Int128(capacity) * Int128(100 - lowThresholdPercent) / 100) - min(available, capacity)
        }
    }

    package let policy: Policy
    private let began: Timestamp
    /// When each image was found first, by its ID.
    private var found: [String: Timestamp] = [:]
    /// When each name, digest or ID was last in use.
    private var uses: [String: Timestamp] = [:]

    package init(_ policy: Policy, began: Timestamp) {
        self.policy = policy
        self.began = began
    }

    /// Notes what is in use now: names, digests and IDs of images.
    package mutating func noteUses(_ references: Set<String>, now: Timestamp) {
        for reference in references { uses[reference] = now }
    }

    /// Notes all images there are, and forgets those that are gone.
    package mutating func noteImages(_ images: [RuntimeImage], now: Timestamp) {
        let before = found
        found = [:]
        for image in images { found[image.id] = before[image.id] ?? now }
        let known = Set(images.flatMap(\.references))
        uses = uses.filter { known.contains($0.key) }
    }

    /// The images that go whatever room there is, as nobody has used them for too long.
    package func expired(_ images: [RuntimeImage], inUse: Set<String>, now: Timestamp) -> [RuntimeImage] {
        guard policy.maximumAge > .zero, now.since(began) > policy.maximumAge else { return [] }
        return unused(images, inUse).filter { now.since(lastNeed(of: $0, now)) > policy.maximumAge }
    }

    /// The images that may go, in the order in which they should: those that were used least recently first, and of those
    /// that never were, the ones found first.
    package func removable(_ images: [RuntimeImage], inUse: Set<String>, now: Timestamp) -> [RuntimeImage] {
        unused(images, inUse).filter { now.since(found[$0.id] ?? now) >= policy.minimumAge }
            .sorted { order(of: $0, now) < order(of: $1, now) }
    }

    private func unused(_ images: [RuntimeImage], _ inUse: Set<String>) -> [RuntimeImage] {
        images.filter { !$0.pinned && inUse.isDisjoint(with: $0.references) }
    }

    private func lastUse(of image: RuntimeImage) -> Timestamp? { image.references.compactMap { uses[$0] }.max() }

    private func lastNeed(of image: RuntimeImage, _ now: Timestamp) -> Timestamp {
        max(lastUse(of: image) ?? began, found[image.id] ?? now)
    }

    private func order(of image: RuntimeImage, _ now: Timestamp) -> (Timestamp, Timestamp, String) {
        (lastUse(of: image) ?? Timestamp(seconds: 0), found[image.id] ?? now, image.id)
    }
}

extension RuntimeImage {
    /// Everything the image is known by.
    package var references: [String] { [id] + repoTags + repoDigests }
}
