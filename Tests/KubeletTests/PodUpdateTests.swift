import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import PodSources
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// Edits of manifests whose pods run.
@Suite(.timeLimit(.minutes(3)))
struct PodUpdateTests {
    private let pod = Pod.sample(containers: ["web", "side"])

    private func edited(_ number: Int = 2, image: String) -> Pod {
        pod.edited(number) { $0.spec.containers[0].image = image }
    }

    /// A kubelet whose pod runs.
    private func running(_ body: @Sendable (TestKubelet) async throws -> Void) async throws {
        let kubelet = try TestKubelet(images: ["busybox:latest", "other:latest"])
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForRun(of: "side", attempt: 0)
            try await kubelet.waitForPhase(.running)
            try await body(kubelet)
        }
    }

    // MARK: The smallest change

    @Test func onlyTheChangedContainerStartsAnewInItsSandbox() async throws {
        try await running { kubelet in
            let before = kubelet.runtime.state
            kubelet.want(pod.edited { $0.spec.containers[0].args = ["other"] })
            try await kubelet.waitForRun(attempt: 1)
            let after = kubelet.runtime.state
            #expect(after.sandboxes == before.sandboxes)
            #expect(after.container(named: "side") == before.container(named: "side"))
            #expect(after.gracePeriods == ["web": [30]])
            let web = try #require(after.container(named: "web"))
            #expect(web.annotations[RuntimeLabels.containerRestartCount] == "1")
            #expect(web.labels[RuntimeLabels.podUID] == "uid-1", "the UID is that of the version that made the sandbox")
            try await kubelet.waitForStatuses { pods in
                pods.first?.metadata.annotations[ConfigAnnotations.hash] == "hash-2"
                    && pods.first?.metadata.uid == "uid-1"
                    && pods.first?.status.containerStatuses.allSatisfy(\.ready) == true
            }
        }
    }

    @Test func whatNoContainerIsConcernedByTouchesNone() async throws {
        try await running { kubelet in
            let calls = kubelet.runtime.calls.count
            kubelet.want(
                pod.edited {
                    $0.metadata.labels["a"] = "b"
                    $0.spec.terminationGracePeriodSeconds = 7
                })
            try await kubelet.waitForStatuses { $0.first?.metadata.labels["a"] == "b" }
            #expect(kubelet.runtime.calls.count == calls)
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [7], "side": [7]])
        }
    }

    @Test func aContainerThatIsGoneFromTheSpecEndsAndLeavesNothing() async throws {
        try await running { kubelet in
            kubelet.want(pod.edited { $0.spec.containers.removeLast() })
            try await kubelet.runtime.wait { $0.containers.values.map(\.name) == ["web"] }
            #expect(kubelet.runtime.state.container(named: "web")?.attempt == 0)
            #expect(kubelet.runtime.state.gracePeriods == ["side": [30]])
        }
    }

    @Test func aNewContainerTouchesNoOther() async throws {
        try await running { kubelet in
            let before = kubelet.runtime.state.containers
            kubelet.want(pod.edited { $0.spec.containers.append(.sample("third")) })
            try await kubelet.waitForRun(of: "third", attempt: 0)
            #expect(kubelet.runtime.state.containers.filter { before[$0.key] != nil } == before)
        }
    }

    @Test func anAmountOfCPUChangesInPlace() async throws {
        try await running { kubelet in
            kubelet.want(pod.edited { $0.spec.terminationGracePeriodSeconds = 5 })
            let burstable = pod.edited(3) { $0.spec.containers[1].resources.requests = ["cpu": "100m"] }
            kubelet.want(burstable)
            try await kubelet.runtime.wait { $0.sandboxes.values.map(\.metadata.uid) == ["uid-3"] }
            try await kubelet.waitForRun(of: "side", attempt: 0)
            let before = kubelet.runtime.state.containers
            kubelet.want(burstable.edited(4) { $0.spec.containers[1].resources.requests = ["cpu": "500m"] })
            try await kubelet.runtime.wait { $0.count(of: .updateContainerResources) == 1 }
            try await kubelet.events.wait { $0.contains { $0.reason == "ResizeCompleted" } }
            let side = try #require(kubelet.runtime.state.container(named: "side"))
            #expect(before[side.id]?.startedAt == side.startedAt)
            #expect(kubelet.runtime.state.resources[side.id]?.cpuShares == 512)
        }
    }

    @Test func whatNeedsAnotherSandboxEndsThePodFirst() async throws {
        try await running { kubelet in
            kubelet.want(pod.edited { $0.spec.hostNetwork = true })
            try await kubelet.runtime.wait { state in
                state.sandboxes.values.map(\.metadata.uid) == ["uid-2"]
                    && state.container(named: "side")?.state == .running
            }
            let calls = kubelet.runtime.calls.map(\.operation)
            let removal = try #require(calls.firstIndex(of: .removePodSandbox))
            let creation = try #require(calls.lastIndex(of: .runPodSandbox))
            #expect(removal < creation)
        }
    }

    /// A pod that is being replaced, whose manifest is edited once more before it has ended.
    private func replaced(_ body: @Sendable (TestKubelet) async throws -> Void) async throws {
        try await running { kubelet in
            kubelet.runtime.hold(.stopContainer)
            kubelet.want(pod.edited { $0.spec.hostNetwork = true })
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 2 }
            try await body(kubelet)
        }
    }

    private func editedAgain(image: String) -> Pod {
        pod.edited(3) {
            $0.spec.hostNetwork = true
            $0.spec.containers[0].image = image
        }
    }

    @Test func theReadySuccessorRunsWhenTheOneAfterItIsNotReady() async throws {
        try await replaced { kubelet in
            kubelet.runtime.fail(.pullImage, with: ContainerRuntimeError(.failed, "no such image"), times: 100)
            kubelet.want(editedAgain(image: "missing"))
            try await kubelet.waitForUpdate("ErrImagePull")
            kubelet.runtime.release(.stopContainer)
            try await kubelet.runtime.wait { state in
                state.sandboxes.values.map(\.metadata.uid) == ["uid-2"]
                    && state.container(named: "web")?.state == .running
                    && state.container(named: "side")?.state == .running
            }
            #expect(kubelet.runtime.state.container(named: "web")?.image == "busybox")
            try await kubelet.waitForStatuses { $0.first?.condition("swiftlet.dev/UpdatePending") != nil }
        }
    }

    @Test func theNewestVersionThatIsReadyTakesThePlaceOfOneThatEnds() async throws {
        try await replaced { kubelet in
            kubelet.runtime.fail(.pullImage, with: ContainerRuntimeError(.failed, "not now"))
            kubelet.want(editedAgain(image: "remote"))
            try await kubelet.waitForUpdate("ErrImagePull")
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForUpdate(nil)
            kubelet.runtime.release(.stopContainer)
            try await kubelet.runtime.wait { $0.container(named: "web")?.image == "remote" }
            #expect(kubelet.runtime.state.count(of: .runPodSandbox) == 2, "the version between never runs")
        }
    }

    @Test func whatIsRemovedWhileItIsReplacedIsGone() async throws {
        try await replaced { kubelet in
            kubelet.want()
            kubelet.runtime.release(.stopContainer)
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            #expect(kubelet.runtime.state.count(of: .runPodSandbox) == 1)
        }
    }

    // MARK: Nothing stops for what can't start

    /// - Parameter hostNetwork: whether the edit replaces the whole pod.
    @Test(arguments: [false, true]) func theOldVersionRunsUntilTheNewImagesAreThere(hostNetwork: Bool) async throws {
        try await running { kubelet in
            let before = kubelet.runtime.state.containers
            kubelet.runtime.fail(.pullImage, with: ContainerRuntimeError(.failed, "no such image"))
            kubelet.want(
                pod.edited {
                    $0.spec.containers[0].image = "missing"
                    $0.spec.hostNetwork = hostNetwork
                })
            try await kubelet.waitForUpdate("ErrImagePull")
            #expect(kubelet.events.reasons.contains("UpdatePending"))
            #expect(kubelet.statuses.pods().first?.spec.containers.first?.image == "busybox")
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            #expect(kubelet.runtime.state.containers == before)
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.runtime.wait { $0.container(named: "web")?.image == "missing" }
            try await kubelet.waitForPhase(.running)
            #expect(
                kubelet.runtime.state.count(of: .pullImage) == 2, "what was pulled before the stop is used after it")
            try await kubelet.waitForUpdate(nil)
        }
    }

    @Test func aNewerEditCutsThePullOfAnOlderOneShort() async throws {
        try await running { kubelet in
            kubelet.runtime.hold(.pullImage)
            for number in 2..<300 { kubelet.want(edited(number, image: "missing-\(number)")) }
            try await kubelet.runtime.wait { $0.count(of: .pullImage) > 0 }
            #expect(kubelet.runtime.state.container(named: "web")?.state == .running)
            kubelet.want(edited(300, image: "other"))
            try await kubelet.runtime.wait { $0.container(named: "web")?.image == "other" }
            try await kubelet.waitForRun(attempt: 1)
        }
    }

    @Test func anEditThatIsTakenBackChangesNothing() async throws {
        try await running { kubelet in
            let before = kubelet.runtime.state.containers
            kubelet.runtime.hold(.pullImage)
            kubelet.want(edited(image: "missing"))
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 1 }
            kubelet.want(pod)
            kubelet.want(pod.edited(3) { $0.metadata.labels["marker"] = "there" })
            try await kubelet.waitForStatuses { $0.first?.metadata.labels["marker"] == "there" }
            #expect(kubelet.runtime.state.containers == before)
        }
    }

    @Test func anImageThatNobodyWaitsForNeedsNoOldVersion() async throws {
        let kubelet = try TestKubelet(images: ["other:latest"])
        kubelet.runtime.hold(.pullImage)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 1 }
            kubelet.want(Pod.sample().edited { $0.spec.containers[0].image = "other" })
            try await kubelet.waitForRun(attempt: 0)
            #expect(kubelet.runtime.state.container(named: "web")?.image == "other")
        }
    }

    @Test func anEditClearsTheBackOffOfWhatItChanges() async throws {
        try await running { kubelet in
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForReason("CrashLoopBackOff")
            kubelet.want(edited(image: "other"))
            try await kubelet.waitForRun(attempt: 2)
        }
    }

    // MARK: Restarts on request

    @Test func aManifestThatWasTakenAwayAndPutBackRestartsItsContainers() async throws {
        try await running { kubelet in
            let sandboxes = kubelet.runtime.state.sandboxes
            kubelet.want(pod, restartRequests: 1)
            try await kubelet.waitForRun(of: "web", attempt: 1)
            try await kubelet.waitForRun(of: "side", attempt: 1)
            #expect(kubelet.runtime.state.sandboxes == sandboxes)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [30], "side": [30]])
        }
    }

    @Test func aCompletedPodRunsAgainOnRequest() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            let once = Pod.sample(restartPolicy: .never)
            kubelet.want(once)
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForPhase(.succeeded)
            kubelet.want(once, restartRequests: 1)
            try await kubelet.waitForRun(attempt: 1)
            try await kubelet.waitForPhase(.running)
        }
    }

    // MARK: Room on the node

    private func portPod(_ name: String, _ number: Int, port: Int32 = 80) -> Pod {
        Pod.sample(name, uid: "uid-\(number)", hash: "hash-\(number)").edited(number) { pod in
            var hostPort = ContainerPort()
            hostPort.containerPort = 80
            hostPort.hostPort = port
            pod.spec.containers[0].ports = [hostPort]
        }
    }

    @Test func aPodWaitsForThePortThatAnotherHas() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(portPod("one", 1))
            try await kubelet.waitForPhase(.running)
            kubelet.want(portPod("one", 1), portPod("two", 2))
            try await kubelet.waitForStatuses { $0.last?.status.reason == "NodePorts" }
            #expect(kubelet.statuses.pods().last?.status.phase == .pending)
            #expect(kubelet.events.reasons.contains("NodePorts"))
            #expect(kubelet.runtime.state.sandbox(ofPod: "two") == nil)
            kubelet.want(portPod("two", 2))
            try await kubelet.waitForStatuses { $0.map(\.status.phase) == [.running] }
            #expect(kubelet.statuses.pods().first?.status.reason == "")
            #expect(kubelet.runtime.state.sandboxes.count == 1)
        }
    }

    @Test func anUpdateWaitsForThePortThatAnotherHas() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(portPod("one", 1), portPod("two", 2, port: 81))
            try await kubelet.waitForStatuses { $0.map(\.status.phase) == [.running, .running] }
            let before = kubelet.runtime.state.sandboxes
            kubelet.want(portPod("one", 1), portPod("two", 3, port: 80))
            try await kubelet.waitForUpdate("NodePorts")
            #expect(kubelet.runtime.state.sandboxes == before)
            // The port it has is nobody's else till it has ended.
            kubelet.want(portPod("one", 4, port: 82), portPod("two", 3, port: 80))
            try await kubelet.runtime.wait { state in
                state.sandboxes.values.map(\.metadata.uid).sorted() == ["uid-3", "uid-4"]
            }
            try await kubelet.waitForUpdate(nil)
        }
    }

    // MARK: Over a restart of the kubelet

    @Test func anEditWhileTheKubeletWasAwayIsMadeUpForInPlace() async throws {
        let first = try TestKubelet()
        try await first.run {
            first.want(pod)
            try await first.waitForRun(of: "side", attempt: 0)
            try await first.waitForPhase(.running)
        }
        let before = first.runtime.state
        let second = try first.startedAgain()
        try await second.run {
            second.want(pod.edited { $0.spec.containers[0].args = ["other"] })
            try await second.waitForRun(attempt: 1)
            #expect(second.runtime.state.sandboxes == before.sandboxes)
            #expect(second.runtime.state.container(named: "side") == before.container(named: "side"))
        }
    }

    /// - Parameter operation: what the runtime is doing when the kubelet dies.
    @Test(arguments: [.stopContainer, .createContainer, .startContainer] as [FakeRuntime.Operation])
    func anUpdateThatWasCutShortIsCompleted(_ operation: FakeRuntime.Operation) async throws {
        let newest = pod.edited { $0.spec.containers[0].args = ["other"] }
        let first = try TestKubelet()
        try await first.run {
            first.want(pod)
            try await first.waitForRun(of: "side", attempt: 0)
            try await first.waitForPhase(.running)
            let count = first.runtime.state.count(of: operation)
            first.runtime.fail(operation, with: ContainerRuntimeError(.unavailable, "the test cuts it short"))
            first.want(newest)
            try await first.runtime.wait { $0.count(of: operation) > count }
        }
        let second = try first.startedAgain()
        try await second.run {
            second.want(newest)
            try await second.waitForRun(attempt: 1)
            #expect(second.runtime.state.sandboxes.count == 1)
            #expect(second.runtime.state.container(named: "side")?.attempt == 0)
        }
    }

    @Test func aRestartRequestOutlivesTheKubelet() async throws {
        let first = try TestKubelet()
        try await first.run {
            first.want(pod)
            try await first.waitForRun(of: "side", attempt: 0)
            try await first.waitForPhase(.running)
            first.runtime.fail(.stopContainer, with: ContainerRuntimeError(.unavailable, "cut short"), times: 2)
            first.want(pod, restartRequests: 1)
            try await first.runtime.wait { $0.count(of: .stopContainer) == 2 }
        }
        let second = try first.startedAgain()
        try await second.run {
            second.want(pod)
            try await second.waitForRun(of: "web", attempt: 1)
            try await second.waitForRun(of: "side", attempt: 1)
        }
    }

    // MARK: Last known good

    @Test func aPodThatRunsByAnEarlierVersionShowsWhatIsWrongWithItsManifest() async throws {
        try await running { kubelet in
            let problem = ManifestProblem(file: TestKubelet.origin, mark: nil, message: "oops")
            kubelet.want(pod, problems: [problem])
            try await kubelet.waitForStatuses { $0.first?.condition("swiftlet.dev/ManifestValid") != nil }
            let condition = try #require(kubelet.statuses.pods().first?.condition("swiftlet.dev/ManifestValid"))
            #expect(condition.status == .false)
            #expect(condition.message == "/manifests/web.yaml: oops")
            kubelet.want(pod)
            try await kubelet.waitForStatuses { $0.first?.condition("swiftlet.dev/ManifestValid") == nil }
        }
    }
}

extension Pod {
    fileprivate func condition(_ type: PodConditionType) -> PodCondition? {
        status.conditions.first { $0.type == type }
    }
}

extension TestKubelet {
    /// Returns once some pod's update waits for this reason, or none waits.
    fileprivate func waitForUpdate(_ reason: String?) async throws {
        try await waitForStatuses { pods in
            pods.compactMap { $0.condition("swiftlet.dev/UpdatePending")?.reason }.first == reason
        }
    }
}
