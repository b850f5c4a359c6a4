import KubernetesAPI
import StructuredData

/// What is to be said of a pod beside what its containers do.
struct PodNotes: Sendable, Hashable {
    struct Note: Sendable, Hashable {
        var reason: String
        var message: String
        var since: Timestamp
    }

    /// Its manifest is invalid, and an earlier version runs.
    var manifest: Note?
    /// A newer version waits.
    var update: Note?
    /// Its mirror is missing or can't be changed.
    var mirror: Note?

    func conditions(_ withMirrorProblems: Bool) -> [PodCondition] {
        var conditions: [PodCondition] = []
        if let manifest { conditions.append(PodCondition(.manifestValid, .false, manifest)) }
        if let update { conditions.append(PodCondition(.updatePending, .true, update)) }
        if withMirrorProblems, let mirror { conditions.append(PodCondition(.mirrorPod, .false, mirror)) }
        return conditions
    }
}

extension PodCondition {
    fileprivate init(_ type: PodConditionType, _ status: ConditionStatus, _ note: PodNotes.Note) {
        self.init()
        self.type = type
        self.status = status
        reason = note.reason
        message = note.message
        lastTransitionTime = note.since
    }
}

extension PodConditionType {
    /// Swiftlet's own conditions; they show only while there is something to tell.
    fileprivate static let manifestValid: PodConditionType = "swiftlet.dev/ManifestValid"
    fileprivate static let updatePending: PodConditionType = "swiftlet.dev/UpdatePending"
    fileprivate static let mirrorPod: PodConditionType = "swiftlet.dev/MirrorPod"
}
