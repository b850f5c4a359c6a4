import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources
import TestSupport
import Testing

@testable import Kubelet

/// What a kubelet that starts makes of what it finds.
struct TakeoverTests {
    /// What is found of a pod, by UID.
    struct Found: Sendable {
        var uid: String
        var runs = true
        var accepted: String?
        var name = "web-node"
        /// The UID of the one it was to take the place of.
        var supersedes: String?
        var isLeaving = false
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var found: [Found]
        var wanted: String?
        var isComplete = true
        var adopted: [String] = []
        var orphans: [String] = []
    }

    static let cases = [
        Case(testDescription: "nothing", found: []),
        Case(
            testDescription: "what runs and is wanted goes on", found: [Found(uid: "one", accepted: "h1")],
            wanted: "h1", adopted: ["one h1"]),
        Case(
            testDescription: "what was edited goes on as it was", found: [Found(uid: "one", accepted: "h0")],
            wanted: "h1", adopted: ["one h0"]),
        Case(
            testDescription: "what nobody wants goes", found: [Found(uid: "one", accepted: "h1")], orphans: ["one"]),
        Case(
            testDescription: "nothing goes before all manifests are known",
            found: [Found(uid: "one", accepted: "h1"), Found(uid: "two", name: "other-node")], isComplete: false),
        Case(
            testDescription: "what is only known from labels goes on if it is the same", found: [Found(uid: "one")],
            wanted: "hash-1", adopted: ["one hash-1"]),
        Case(
            testDescription: "of two of one name the known one goes on",
            found: [Found(uid: "one"), Found(uid: "two", accepted: "h1")], wanted: "h1", adopted: ["two h1"],
            orphans: ["one"]),
        Case(
            testDescription: "a version that was accepted and never ran is no orphan",
            found: [Found(uid: "wanted", runs: false, accepted: "h1")], wanted: "h1"),
        Case(
            testDescription: "what is left of an earlier one is cleaned up",
            found: [Found(uid: "one", runs: false, accepted: "h0")], wanted: "h1", orphans: ["one"]),
        Case(
            testDescription: "a successor waits for what is left of its predecessor",
            found: [
                Found(uid: "one", accepted: "h0"), Found(uid: "two", runs: false, accepted: "h1", supersedes: "one"),
            ],
            wanted: "h2", adopted: ["one h0"], orphans: ["two"]),
        Case(
            testDescription: "what was on its way out goes, whatever is wanted by now",
            found: [Found(uid: "one", accepted: "h1", isLeaving: true)], wanted: "h1", orphans: ["one"]),
        Case(
            testDescription: "a successor whose predecessor is gone goes before what is wanted by now",
            found: [Found(uid: "two", runs: false, accepted: "h1", supersedes: "one")], wanted: "h2",
            adopted: ["two h1"]),
    ]

    private func takeover(_ situation: Case) -> Takeover {
        var running: [PodUID: PodRuntimeState] = [:]
        var accepted: [PodUID: AcceptedPod] = [:]
        for found in situation.found {
            let pod = Pod.sample(found.name, uid: found.uid)
            let uid = PodUID(found.uid)
            if found.runs { running[uid] = .sample(of: pod, sandboxes: [.sample(of: pod)], containers: [.sample()]) }
            if let hash = found.accepted {
                accepted[uid] = AcceptedPod(
                    DesiredPod(pod: pod, hash: PodHash(hash), origin: "/web.yaml"),
                    supersedes: found.supersedes.map { PodUID($0) }, isLeaving: found.isLeaving)
            }
        }
        let wanted = situation.wanted.map {
            DesiredPod(pod: .sample(uid: "wanted"), hash: PodHash($0), origin: "/web.yaml")
        }
        return Takeover(
            of: .fromManifests, running: running, accepted: accepted, wanted: wanted.map { [$0] } ?? [],
            wantedIsComplete: situation.isComplete)
    }

    @Test("at start", arguments: cases)
    func decides(_ situation: Case) {
        let takeover = takeover(situation)
        #expect(takeover.adopted.map { "\($0.version.uid) \($0.version.hash)" } == situation.adopted)
        #expect(takeover.orphans.map(\.uid.rawValue) == situation.orphans)
    }

    @Test func podsOfOthersAreNobodysOrphans() {
        var foreign = Pod.sample(uid: "foreign")
        foreign.metadata.annotations = [:]
        let state = PodRuntimeState.sample(of: foreign, sandboxes: [.sample(of: foreign)])
        for kind in PodKind.allCases {
            let takeover = Takeover(
                of: kind, running: [foreign.uid: state], accepted: [:], wanted: [], wantedIsComplete: true)
            #expect(takeover.orphans.isEmpty)
        }
    }

    /// A kubelet without API server leaves alone what one assigned to its node before.
    @Test(arguments: [(.fromManifests, []), (.assigned, ["assigned"])] as [(PodKind, [String])])
    func onlyPodsOfTheKindAreOrphans(_ kind: PodKind, _ orphans: [String]) {
        var pod = Pod.sample(uid: "assigned")
        pod.metadata.annotations = [ConfigAnnotations.source: "api"]
        func takeover() -> Takeover {
            let state = PodRuntimeState.sample(of: pod, sandboxes: [.sample(of: pod)])
            return Takeover(
                of: kind, running: [pod.uid: state], accepted: [:], wanted: [], wantedIsComplete: true)
        }
        #expect(takeover().orphans.isEmpty, "another kubelet made it")
        pod.metadata.annotations[RuntimeLabels.assignedPod] = "true"
        #expect(takeover().orphans.map(\.uid.rawValue) == orphans)
    }
}
