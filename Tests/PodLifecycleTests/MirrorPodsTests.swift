import KubernetesAPI
import StructuredData
import TestSupport
import Testing

@testable import PodLifecycle

/// Something done to a mirror.
struct MirrorChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (inout Pod) -> Void

    init(_ description: String, _ apply: @escaping @Sendable (inout Pod) -> Void) {
        testDescription = description
        self.apply = apply
    }
}

struct MirrorPodsTests {
    private let nodeUID = "node-uid-1"

    private func actions(_ staticPods: [Pod], _ mirrors: [Pod]) -> [PodAPIAction] {
        MirrorPods.actions(
            staticPods: staticPods,
            mirrors: Dictionary(mirrors.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first }),
            nodeName: "node", nodeUID: nodeUID)
    }

    /// The mirror as the API server has it after it was made and its status posted.
    private func mirror(of pod: Pod, uid: String = "mirror-uid-1") -> Pod {
        var mirror = MirrorPods.mirror(of: pod, nodeName: "node", nodeUID: nodeUID)
        mirror.metadata.uid = uid
        mirror.status = pod.status
        return mirror
    }

    private func running() -> Pod {
        var pod = Pod.sample()
        pod.metadata.labels = ["env": "test"]
        pod.status.phase = .running
        pod.status.podIP = "10.88.0.2"
        pod.status.reason = "Because"
        return pod
    }

    @Test func missingMirrorIsMade() throws {
        let pod = running()
        guard case .create(let mirror)? = actions([pod], []).first else {
            Issue.record("no mirror is made")
            return
        }
        #expect(mirror.fullName == pod.fullName)
        #expect(mirror.metadata.uid == "")
        #expect(mirror.metadata.labels == ["env": "test"])
        #expect(mirror.spec == pod.spec)
        #expect(mirror.isMirror)
        #expect(mirror.metadata.annotations[ConfigAnnotations.mirror] == "hash-1")
        #expect(mirror.metadata.annotations[ConfigAnnotations.source] == "file")
        #expect(mirror.metadata.annotations[ConfigAnnotations.hash] == "hash-1")
        #expect(mirror.metadata.annotations[ConfigAnnotations.seen] != nil)
        let owner = try #require(mirror.metadata.ownerReferences.first)
        #expect(mirror.metadata.ownerReferences.count == 1)
        #expect(owner.kind == "Node" && owner.apiVersion == "v1" && owner.name == "node")
        #expect(owner.uid == nodeUID && owner.controller == true)
    }

    @Test func upToDateMirrorIsLeftAlone() {
        #expect(actions([running()], [mirror(of: running())]).isEmpty)
    }

    @Test func changesOfLabelsAndSpecAreNotTakenBack() {
        var changed = mirror(of: running())
        changed.metadata.labels["env"] = "changed"
        changed.metadata.annotations["note"] = "by somebody"
        #expect(actions([running()], [changed]).isEmpty)
    }

    @Test(
        "a wrong mirror is deleted, to be made anew",
        arguments: [
            MirrorChange("another version's") { $0.metadata.annotations[ConfigAnnotations.mirror] = "hash-0" },
            MirrorChange("of a Node object that is gone") { $0.metadata.ownerReferences[0].uid = "node-uid-0" },
            MirrorChange("of no node") { $0.metadata.ownerReferences = [] },
            MirrorChange("being deleted") { $0.metadata.deletionTimestamp = .testStart },
        ])
    func wrongMirrorIsDeleted(_ change: MirrorChange) {
        var wrong = mirror(of: running())
        change.apply(&wrong)
        #expect(actions([running()], [wrong]) == [.delete(wrong.fullName, uid: "mirror-uid-1")])
    }

    @Test func mirrorOfAPodThatIsGoneIsDeleted() {
        let mirror = mirror(of: running())
        #expect(actions([], [mirror]) == [.delete(mirror.fullName, uid: "mirror-uid-1")])
    }

    @Test func foreignPodOfTheNameIsLeftAlone() {
        var foreign = mirror(of: running())
        foreign.metadata.annotations[ConfigAnnotations.mirror] = nil
        #expect(actions([running()], [foreign]) == [.nameTaken(foreign.fullName)])
    }

    @Test func foreignPodThatNobodyNamedIsLeftAlone() {
        var foreign = Pod.sample("other-node")
        foreign.metadata.annotations = [:]
        #expect(actions([], [foreign]).isEmpty)
    }

    @Test func mirrorsThatGoComeBeforeThoseThatCome() {
        let gone = mirror(of: .sample("old-node", uid: "uid-0"))
        let actions = actions([.sample("new-node", uid: "uid-2")], [gone])
        #expect(actions.map(\.fullName.name) == ["old-node", "new-node"])
    }

    // MARK: Status

    @Test func statusPatchGuardsTheUIDAndClearsWhatVanished() throws {
        var shown = mirror(of: running())
        shown.status.message = "old"
        guard case .patchStatus(let name, let patch)? = actions([running()], [shown]).first else {
            Issue.record("the status isn't patched")
            return
        }
        #expect(name == shown.fullName)
        #expect(patch["metadata"]?["uid"]?.stringValue == "mirror-uid-1")
        #expect(patch["status"]?["message"] == .null)
        #expect(patch["status"]?["phase"]?.stringValue == "Running")
    }

    @Test(
        "applying the patch leaves nothing to do",
        arguments: [
            MirrorChange("no status yet") { $0.status = PodStatus() },
            MirrorChange("another phase") { $0.status.phase = .pending },
            MirrorChange("more fields") { $0.status.message = "old" },
            MirrorChange("a container that is gone") { pod in
                var container = ContainerStatus()
                container.name = "old"
                container.state.running = ContainerStateRunning()
                pod.status.containerStatuses = [container]
            },
        ])
    func applyingThePatchLeavesNothingToDo(_ change: MirrorChange) throws {
        var shown = mirror(of: running())
        change.apply(&shown)
        guard case .patchStatus(_, let patch)? = actions([running()], [shown]).first else {
            Issue.record("the status isn't patched")
            return
        }
        let patched = try Pod(shown.encoded().mergePatched(with: patch))
        #expect(actions([running()], [patched]).isEmpty)
    }
}

extension JSONValue {
    /// RFC 7396.
    fileprivate func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = JSONObject()
        if case .object(let mine) = self { result = mine }
        for member in changes.members {
            result[member.key] =
                member.value == .null ? nil : (result[member.key] ?? .null).mergePatched(with: member.value)
        }
        return .object(result)
    }
}
