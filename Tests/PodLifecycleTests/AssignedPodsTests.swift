import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

/// What the API server is told of a pod that was deleted there.
struct AssignedPodsTests {
    private func deleted(seconds: Int64 = 30, finalizers: [String] = []) -> Pod {
        var pod = Pod.sample("web")
        pod.metadata.annotations = [:]
        pod.metadata.deletionTimestamp = .testStart
        pod.metadata.deletionGracePeriodSeconds = seconds
        pod.metadata.finalizers = finalizers
        pod.status.phase = .running
        return pod
    }

    private func inWords(_ shown: Pod, last: PodStatus?, worked: [Pod] = []) -> [String] {
        AssignedPods.actions(pods: worked, shown: [shown.fullName: shown]) { _ in last }.map { action in
            switch action {
            case .patchStatus(_, let patch): "show \(patch.value(at: "status", "phase")?.stringValue ?? "")"
            case .delete: "delete"
            case .create, .nameTaken: "something else"
            }
        }
    }

    private var failed: PodStatus {
        var status = PodStatus()
        status.phase = .failed
        return status
    }

    @Test func itStaysWhileAnythingIsLeftOfIt() {
        var pod = deleted()
        pod.status.phase = .pending
        #expect(inWords(deleted(), last: nil, worked: [pod]) == ["show Pending"])
        #expect(inWords(deleted(), last: nil) == [])
    }

    @Test func itGoesOnceItsEndIsShown() {
        #expect(inWords(deleted(finalizers: ["example.com/x"]), last: failed) == ["show Failed", "delete"])
        var shown = deleted()
        shown.status = failed
        #expect(inWords(shown, last: failed) == ["delete"])
    }

    @Test func oneThatOnlyWaitsForItsFinalizersIsLeftAlone() {
        let held = deleted(seconds: 0, finalizers: ["example.com/x"])
        #expect(inWords(held, last: failed) == ["show Failed"])
        #expect(inWords(deleted(seconds: 0), last: failed) == ["show Failed", "delete"])
    }
}
