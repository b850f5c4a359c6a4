import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Manifests that change again at the very moment at which an earlier version takes over.
@Suite(.timeLimit(.minutes(3)))
struct EditDuringTakeoverTests {
    private let pod = Pod.sample(containers: ["web", "side"])

    private func edited(_ number: Int) -> Pod {
        pod.edited(number) { $0.spec.containers[0].args = ["version \(number)"] }
    }

    /// - Parameters:
    ///   - number: of the version that the manifest asks for in the end; 1 is the one before the edit.
    ///   - fails: whether the runtime is lost in the middle of the takeover.
    @Test(arguments: [1, 2, 3], [true, false])
    func whatTheManifestAsksForInTheEndRuns(_ number: Int, fails: Bool) async throws {
        let last = number == 1 ? pod : edited(number)
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod, marker())
            try await kubelet.waitForStatuses { $0.map(\.status.phase) == [.running, .running] }
            try await beginTakeover(of: edited(2), on: kubelet, fails: fails)

            kubelet.want(edited(4), marker())
            kubelet.want(last, marker())
            // When it has heard of this, it has of what was wanted before.
            kubelet.want(last, marker("passed"))
            try await kubelet.waitForStatuses { $0.contains { $0.metadata.labels["marker"] == "passed" } }
            kubelet.runtime.release(.containerStatus)

            let arguments = last.spec.containers[0].args
            try await kubelet.runtime.wait { state in
                guard let web = state.container(named: "web"), web.state == .running else { return false }
                return state.containerConfigurations[web.id]?.arguments == arguments
            }
            try await kubelet.waitForStatuses { pods in
                let pod = pods.first { $0.metadata.name == last.metadata.name }
                return pod?.metadata.annotations[ConfigAnnotations.hash] == "hash-\(number)"
                    && pod?.status.containerStatuses.allSatisfy(\.ready) == true
            }
        }
    }

    /// A pod beside it, whose labels tell how far the kubelet has read.
    private func marker(_ label: String = "") -> Pod {
        Pod.sample(containers: ["marker"]).edited(label.isEmpty ? 100 : 101) {
            $0.metadata.name = "marker"
            $0.metadata.labels["marker"] = label
        }
    }

    /// Has another version begin to take over, up to where it looks at what runs.
    private func beginTakeover(of next: Pod, on kubelet: TestKubelet, fails: Bool) async throws {
        let away = ContainerRuntimeError(.unavailable, "the runtime was killed")
        let runtime = kubelet.runtime
        try await runtime.awaitCall(.imageStatus) { kubelet.want(next, marker()) }
        // Meanwhile what runs has changed, and can't be read.
        runtime.fail(.containerStatus, with: away)
        try await runtime.awaitCall(.containerStatus) { runtime.exit("side", code: 1) }
        runtime.release(.imageStatus)
        try await kubelet.events.wait { $0.count { $0.reason == "Pulled" } >= 4 }
        try await runtime.awaitCall(.listPodSandboxes) { runtime.release(.containerStatus) }
        if fails { runtime.fail(.containerStatus, with: away) }
        try await runtime.awaitCall(.containerStatus) { runtime.release(.listPodSandboxes) }
    }
}

extension FakeRuntime {
    /// Returns when the kubelet waits in a call of this kind, in which it is held.
    fileprivate func awaitCall(_ operation: Operation, _ cause: () -> Void) async throws {
        let before = state.count(of: operation)
        hold(operation)
        cause()
        try await wait { $0.count(of: operation) > before }
    }
}
