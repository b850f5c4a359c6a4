/// What a runtime does with fields of the CRI that others leave out of account without a word.
package struct RuntimeFeatures: Sendable, Hashable {
    /// Whether a pod can be kept out of the groups that its image puts its user in.
    package var supplementalGroupsPolicy: Bool
    /// Whether containers can be stopped by another signal than their image's.
    package var stopSignals: Bool

    package init(supplementalGroupsPolicy: Bool = false, stopSignals: Bool = false) {
        self.supplementalGroupsPolicy = supplementalGroupsPolicy
        self.stopSignals = stopSignals
    }

    package init(_ version: RuntimeVersion, _ status: RuntimeStatus) {
        supplementalGroupsPolicy = status.supplementalGroupsPolicy
        // No status tells. containerd reads the field since 2.3; of others it isn't known.
        stopSignals = version.name == "containerd" && version.isAtLeast(2, 3)
    }
}

extension RuntimeVersion {
    /// Compares a version such as `v2.3.1`, `2.4.0-beta` or `1.6.20~ds1`; one without numbers is older than all.
    fileprivate func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        let numbers = version.split { !("0"..."9").contains($0) }.prefix(2).map { Int($0) ?? 0 }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
    }
}
