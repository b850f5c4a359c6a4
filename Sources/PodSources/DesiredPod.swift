package import KubernetesAPI

/// A pod that a source wants to run, complete: defaulted, named, with its UID and annotations.
///
/// Equal are two that ask for the same in all that decides what runs; when they were seen does not count.
package struct DesiredPod: Sendable, Hashable {
    // Thousands of them are copied with each update, and a pod has many fields to copy.
    private var storage: Storage
    /// What the manifest means; equal for manifests that differ in form only.
    package var hash: PodHash
    /// The file or URL it comes from.
    package var origin: String
    /// How often the operator asked for a restart by taking the file away and putting the same one back.
    package var restartRequests: Int
    /// Whether the manifest itself gives the UID. One that is made up belongs to this version only as long as no
    /// earlier version of the pod runs.
    package var hasFixedUID: Bool
    /// Seconds that it gets to end, once somebody has deleted it; `nil` while it is to run.
    package var termination: Int64?

    private final class Storage: Sendable {
        let pod: Pod
        let fullName: PodFullName

        init(_ pod: Pod) {
            self.pod = pod
            fullName = pod.fullName
        }
    }

    package init(
        pod: Pod, hash: PodHash, origin: String, restartRequests: Int = 0, hasFixedUID: Bool = false
    ) {
        storage = Storage(pod)
        self.hash = hash
        self.origin = origin
        self.restartRequests = restartRequests
        self.hasFixedUID = hasFixedUID
    }

    package var pod: Pod {
        get { storage.pod }
        set { storage = Storage(newValue) }
    }

    package var fullName: PodFullName { storage.fullName }
    package var uid: PodUID { storage.pod.uid }

    /// Whether the other one asks for the same of the same pod, wherever it comes from.
    package func isSameVersion(as other: DesiredPod) -> Bool {
        guard hash == other.hash, hasFixedUID == other.hasFixedUID, fullName == other.fullName else { return false }
        return !hasFixedUID || uid == other.uid
    }

    package static func == (left: DesiredPod, right: DesiredPod) -> Bool {
        if left.origin != right.origin || left.restartRequests != right.restartRequests { return false }
        if left.termination != right.termination { return false }
        return left.isSameVersion(as: right)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
        hasher.combine(origin)
    }
}

extension [DesiredPod] {
    /// The first pod of each name.
    package var byFullName: [PodFullName: DesiredPod] {
        Dictionary(map { ($0.fullName, $0) }) { first, _ in first }
    }
}
