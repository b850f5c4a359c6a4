/// What a runtime does with fields of the CRI that others leave out of account without a word.
package struct RuntimeFeatures: Sendable, Hashable {
    /// Whether a pod can be kept out of the groups that its image puts its user in.
    package var supplementalGroupsPolicy: Bool
    /// Whether containers can be stopped by another signal than their image's.
    package var stopSignals: Bool
    /// Whether containers can mount the content of images.
    package var imageVolumes: Bool
    /// What its handlers can do, by their names; empty where the runtime tells of none.
    package var handlers: [String: RuntimeStatus.Handler]

    package init(
        supplementalGroupsPolicy: Bool = false, stopSignals: Bool = false, imageVolumes: Bool = false,
        handlers: [RuntimeStatus.Handler] = []
    ) {
        self.supplementalGroupsPolicy = supplementalGroupsPolicy
        self.stopSignals = stopSignals
        self.imageVolumes = imageVolumes
        self.handlers = Dictionary(handlers.map { ($0.name, $0) }) { first, _ in first }
    }

    package init(_ version: RuntimeVersion, _ status: RuntimeStatus) {
        // No status tells of signals and image volumes. containerd reads the one field since 2.3 and the other since 2.1,
        // CRI-O mounts images since 1.31; of others it isn't known.
        let isContainerd = version.name == "containerd"
        self.init(
            supplementalGroupsPolicy: status.supplementalGroupsPolicy,
            stopSignals: isContainerd && version.isAtLeast(2, 3),
            imageVolumes: isContainerd && version.isAtLeast(2, 1)
                || version.name == "cri-o" && version.isAtLeast(1, 31),
            handlers: status.handlers)
    }

    /// Whether what is mounted below a read-only mount can be made read-only too.
    /// - Parameter handler: empty for the default one.
    package func hasRecursiveReadOnlyMounts(_ handler: String) -> Bool {
        handlers[handler]?.recursiveReadOnlyMounts ?? false
    }
}

extension RuntimeVersion {
    /// Compares a version such as `v2.3.1`, `2.4.0-beta` or `1.6.20~ds1`; one without numbers is older than all.
    fileprivate func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        let numbers = version.split { !("0"..."9").contains($0) }.prefix(2).map { Int($0) ?? 0 }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
    }
}
