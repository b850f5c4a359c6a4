import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

/// What a pod shows that isn't let in, or is ended before its time.
struct PodEndStatusTests {
    private func pod(_ policy: RestartPolicy = .always, isAssigned: Bool = true, inits: [String] = []) -> Pod {
        var pod = Pod.sample(initContainers: inits, restartPolicy: policy)
        if isAssigned { pod.metadata.annotations[ConfigAnnotations.source] = "api" }
        return pod
    }

    // MARK: Rejected

    @Test(
        arguments: [
            (false, "Pending", "UnknownContainerStatuses"), (true, "Failed", "PodFailed"),
        ] as [(Bool, PodPhase, String)])
    func aRejectedPodIsNeitherReadyNorInitialized(isAssigned: Bool, phase: PodPhase, reason: String) throws {
        let pod = pod(isAssigned: isAssigned, inits: ["one"])
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: []))
        builder.rejection = AdmissionRejection(reason: "NodePorts", message: "the port is taken")
        let status = builder.status()
        #expect(status.phase == phase)
        for type in [PodConditionType.ready, .containersReady] {
            let condition = try #require(status.condition(type))
            #expect(condition.status == .false)
            #expect(condition.reason == reason)
        }
        #expect(status.condition(.initialized)?.status == .false)
        #expect(status.condition(.initialized)?.reason == "UnknownContainerStatuses")
    }

    @Test func aPodForWhichRoomIsBeingMadeHasNotFailed() {
        let pod = pod()
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: []))
        builder.rejection = AdmissionRejection(reason: "OutOfcpu", message: "there is not enough")
        builder.rejection?.isTemporary = true
        #expect(builder.status().phase == .pending)
    }
}
