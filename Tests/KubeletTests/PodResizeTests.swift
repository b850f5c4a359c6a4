import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Pods of the API server whose amounts of CPU and memory change while they run.
@Suite(.timeLimit(.minutes(3)))
struct PodResizeTests {
    private let api = FakeNodeAPI()
    private let kubelet: TestKubelet

    init() throws { kubelet = try TestKubelet(images: ["busybox:latest", "other:latest"], api: api) }

    /// Has the kubelet set cgroups, which are directories here that it can't remove.
    private func makeCgroups() throws {
        for controller in ["cpu", "memory"] { try kubelet.directory.makeHierarchy("cgroup/\(controller)") }
    }

    /// A pod as the API server has it, whose container has its name.
    private static func pod(_ name: String = "web", uid: String = "uid-1", cpu: Quantity = "1") -> Pod {
        var pod = Pod.sample(name, uid: uid, containers: [name])
        pod.metadata.annotations = [:]
        pod.metadata.generation = 1
        pod.spec.nodeName = "node"
        pod.spec.containers[0].resources.requests = ["cpu": cpu]
        pod.spec.containers[0].resources.limits = ["memory": "4Mi"]
        return pod
    }

    private static let place = "kubepods/burstable/poduid-1"

    private func shown(_ name: String = "web") -> Pod? { api.pods[PodFullName(name: name, namespace: "default")] }

    private func wait(until condition: @escaping @Sendable (PodStatus) -> Bool) async throws {
        let name = PodFullName(name: "web", namespace: "default")
        try await api.wait { $0.pods[name].map { condition($0.status) } ?? false }
    }

    /// Lets the kubelet's clock go on until the pod shows what is described.
    private func letTimePass(until condition: (PodStatus) -> Bool) async {
        while shown().map({ !condition($0.status) }) ?? true {
            kubelet.clock.advance(by: .milliseconds(500))
            await Task.yield()
        }
    }

    /// Has the API server note that somebody edits the pod.
    private func edit(_ change: (inout Pod) -> Void) throws {
        var pod = try #require(shown())
        change(&pod)
        pod.metadata.generation += 1
        api.put(pod)
    }

    private func resize(cpu: Quantity) throws { try edit { $0.spec.containers[0].resources.requests["cpu"] = cpu } }

    private func run(_ body: @Sendable () async throws -> Void) async throws {
        api.put(Self.pod())
        try await kubelet.run {
            kubelet.want()
            try await wait { $0.containerStatuses.first?.ready == true }
            try await body()
        }
    }

    private func container(_ kubelet: TestKubelet? = nil) throws -> RuntimeContainer {
        try #require((kubelet ?? self.kubelet).runtime.update { $0.container(named: "web") })
    }

    /// Makes the files of the container's cgroup.
    private func writeCgroup(shares: Int64, memory: Int64, usage: Int64) throws {
        let id = try container().id
        for (controller, files) in [
            ("cpu", ["cpu.shares": shares, "cpu.cfs_period_us": 100_000, "cpu.cfs_quota_us": -1]),
            ("memory", ["memory.limit_in_bytes": memory, "memory.usage_in_bytes": usage]),
        ] {
            let directory = "\(kubelet.directory.path)/cgroup/\(controller)/\(Self.place)/\(id)"
            try HostFiles.createDirectory(directory)
            for (name, value) in files {
                try HostFiles.write(Array("\(value)".utf8), to: "\(directory)/\(name)", mode: 0o644)
            }
        }
    }

    // MARK: Done

    @Test func aContainerGetsMoreWithoutARestart() async throws {
        try await run {
            let before = try container()
            kubelet.runtime.hold(.updateContainerResources)
            try resize(cpu: "2")
            try await wait { $0.condition(.podResizeInProgress)?.status == .true }
            let status = try #require(shown()?.status)
            #expect(status.observedGeneration == 2)
            #expect(status.condition(.podResizeInProgress)?.observedGeneration == 2)
            #expect(status.containerStatuses[0].allocatedResources == ["cpu": "2"], "there is room for it")
            kubelet.runtime.release(.updateContainerResources)
            try await wait { $0.condition(.podResizeInProgress) == nil }
            #expect(kubelet.runtime.state.resources[before.id]?.cpuShares == 2048)
            #expect(try container() == before)
            try await kubelet.events.wait { $0.contains { $0.reason == "ResizeCompleted" } }
            let told = kubelet.events.all.filter { $0.reason.hasPrefix("Resize") }
            #expect(told.map(\.reason) == ["ResizeStarted", "ResizeCompleted"])
            #expect(told[0].message.hasPrefix("Pod resize started: {\"containers\":[{\"name\":\"web\""))
            #expect(told[1].message.hasSuffix("\"generation\":2}"))
        }
    }

    @Test func aPolicyMayAskForARestart() async throws {
        var pod = Self.pod()
        var policy = ContainerResizePolicy()
        policy.resourceName = "memory"
        policy.restartPolicy = .restartContainer
        pod.spec.containers[0].resizePolicy = [policy]
        pod.spec.containers.append(.sample("side"))
        api.put(pod)
        try await kubelet.run {
            kubelet.want()
            try await wait { $0.containerStatuses.count == 2 && $0.containerStatuses.allSatisfy(\.ready) }
            try edit { $0.spec.containers[0].resources.limits["memory"] = "8Mi" }
            try await kubelet.waitForRun(attempt: 1)
            try await wait { $0.condition(.podResizeInProgress) == nil && $0.containerStatuses[0].restartCount == 1 }
            #expect(kubelet.runtime.state.container(named: "side")?.attempt == 0)
            let id = try container().id
            #expect(kubelet.runtime.state.containerConfigurations[id]?.resources.memoryLimitBytes == 8 << 20)
            #expect(kubelet.runtime.state.count(of: .updateContainerResources) == 0)
        }
    }

    @Test func amountsOfAllOfThePodChangeAlone() async throws {
        try makeCgroups()
        var pod = Self.pod()
        pod.spec.resources = ResourceRequirements()
        pod.spec.resources?.requests = ["cpu": "1"]
        pod.spec.resources?.limits = ["cpu": "2", "memory": "8Mi"]
        pod.spec.containers[0].resources.limits["cpu"] = "1"
        api.put(pod)
        try await kubelet.run {
            kubelet.want()
            try await wait { $0.containerStatuses.first?.ready == true && $0.resources?.limits["cpu"] == "2" }
            try edit { $0.spec.resources?.limits["cpu"] = "3" }
            try await wait { $0.resources?.limits["cpu"] == "3" && $0.condition(.podResizeInProgress) == nil }
            let quota = "\(kubelet.directory.path)/cgroup/cpu/\(Self.place)/cpu.cfs_quota_us"
            #expect(try HostFiles.readText(quota) == "300000")
            #expect(kubelet.runtime.state.count(of: .updateContainerResources) == 0)
            #expect(shown()?.status.allocatedResources["cpu"] == "1")
        }
    }

    @Test func aKubeletThatStartsResizesNothingAnewThatWasResized() async throws {
        try makeCgroups()
        try await run {
            try resize(cpu: "2")
            try await kubelet.events.wait { $0.contains { $0.reason == "ResizeCompleted" } }
        }
        try writeCgroup(shares: 2048, memory: 4 << 20, usage: 1 << 20)
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want()
            try resize(cpu: "3")
            let id = try container().id
            try await next.runtime.wait { $0.resources[id]?.cpuShares == 3072 }
            #expect(next.runtime.state.count(of: .updateContainerResources) == 2)
            try await next.events.wait { $0.contains { $0.reason == "ResizeCompleted" } }
            #expect(next.events.reasons.filter { $0 == "ResizeCompleted" }.count == 1)
        }
    }

    @Test func aKubeletThatStartsInTheMiddleGoesOn() async throws {
        try await run {
            kubelet.runtime.hold(.updateContainerResources)
            try resize(cpu: "2")
            try await kubelet.runtime.wait { $0.count(of: .updateContainerResources) == 1 }
        }
        kubelet.runtime.release(.updateContainerResources)
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want()
            let id = try container().id
            try await next.runtime.wait { $0.resources[id]?.cpuShares == 2048 }
            try await wait { $0.condition(.podResizeInProgress) == nil }
            #expect(next.runtime.state.count(of: .updateContainerResources) == 2)
        }
    }

    // MARK: Not done yet

    @Test func oneThereIsNoRoomForWaitsUntilThereIs() async throws {
        api.put(Self.pod("big", uid: "uid-9", cpu: "2"))
        try await run {
            try await api.wait { $0.pods.values.allSatisfy { $0.status.phase == .running } }
            try resize(cpu: "3")
            try await wait { $0.condition(.podResizePending) != nil }
            let status = try #require(shown()?.status)
            let pending = try #require(status.condition(.podResizePending))
            #expect(pending.reason == "Deferred")
            #expect(
                pending.message
                    == "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000")
            #expect(pending.observedGeneration == 2)
            #expect(status.observedGeneration == 2)
            #expect(status.phase == .running)
            #expect(status.containerStatuses[0].allocatedResources == ["cpu": "1"])
            #expect(!status.conditions.contains { $0.type.rawValue.hasPrefix("swiftlet.dev/") })

            // All else follows without waiting.
            try edit { $0.spec.containers[0].image = "other" }
            try await kubelet.waitForRun(attempt: 1)
            let id = try container().id
            #expect(kubelet.runtime.state.containerConfigurations[id]?.resources.cpuShares == 1024)
            try await wait { $0.condition(.podResizePending)?.observedGeneration == 3 }

            var deleted = try #require(shown("big"))
            deleted.metadata.deletionTimestamp = .testStart
            deleted.metadata.deletionGracePeriodSeconds = 1
            api.put(deleted)
            try await kubelet.runtime.wait { $0.resources[id]?.cpuShares == 3072 }
            try await wait {
                $0.condition(.podResizePending) == nil && $0.condition(.podResizeInProgress) == nil
                    && $0.containerStatuses[0].allocatedResources == ["cpu": "3"]
            }
            try await kubelet.events.wait { $0.contains { $0.reason == "ResizeCompleted" } }
            let told = kubelet.events.reasons.filter { $0.hasPrefix("Resize") }
            #expect(told == ["ResizeDeferred", "ResizeDeferred", "ResizeStarted", "ResizeCompleted"])
        }
    }

    @Test func oneThatTheNodeIsTooSmallForIsInfeasibleAndMayBeTakenBack() async throws {
        try await run {
            try resize(cpu: "5")
            try await wait { $0.condition(.podResizePending)?.reason == "Infeasible" }
            #expect(
                shown()?.status.condition(.podResizePending)?.message
                    == "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000")
            #expect(kubelet.events.reasons.contains("ResizeInfeasible"))
            try resize(cpu: "1")
            try await wait { $0.condition(.podResizePending) == nil && $0.observedGeneration == 3 }
            #expect(kubelet.runtime.state.count(of: .updateContainerResources) == 0)
            #expect(!kubelet.events.reasons.contains("ResizeStarted"))
        }
    }

    @Test func aKubeletThatStartsStillWaitsForRoom() async throws {
        try await run {
            try resize(cpu: "5")
            try await wait { $0.condition(.podResizePending) != nil }
        }
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want()
            try await next.events.wait { $0.contains { $0.reason == "ResizeInfeasible" } }
            try await wait { $0.condition(.podResizePending)?.reason == "Infeasible" }
            #expect(shown()?.status.containerStatuses[0].allocatedResources == ["cpu": "1"])
            #expect(next.runtime.state.count(of: .updateContainerResources) == 0)
        }
    }

    @Test func whatTheRuntimeRefusesIsToldAndTriedAgain() async throws {
        try await run {
            kubelet.runtime.fail(.updateContainerResources, with: ContainerRuntimeError(.failed, "not now"), times: 1)
            try resize(cpu: "2")
            try await wait { $0.condition(.podResizeInProgress)?.reason == "Error" }
            #expect(shown()?.status.condition(.podResizeInProgress)?.message.contains("not now") == true)
            await letTimePass { $0.condition(.podResizeInProgress) == nil }
            #expect(
                kubelet.events.reasons.filter { $0.hasPrefix("Resize") }
                    == ["ResizeStarted", "ResizeError", "ResizeCompleted"])
        }
    }

    @Test func aLimitBelowWhatIsInUseWaits() async throws {
        try makeCgroups()
        try await run {
            try writeCgroup(shares: 1024, memory: 4 << 20, usage: 3 << 20)
            try edit { $0.spec.containers[0].resources.limits["memory"] = "2Mi" }
            try await wait { $0.condition(.podResizeInProgress)?.reason == "Error" }
            let status = try #require(shown()?.status)
            #expect(
                status.condition(.podResizeInProgress)?.message
                    == "cannot decrease memory limits: "
                    + "attempting to set container \"web\" memory limit (2097152) below current usage (3145728)")
            #expect(status.containerStatuses[0].resources?.limits == ["memory": "4Mi"], "what the kernel says")
            #expect(kubelet.runtime.state.count(of: .updateContainerResources) == 0)
            try writeCgroup(shares: 1024, memory: 4 << 20, usage: 1 << 20)
            await letTimePass { $0.condition(.podResizeInProgress) == nil }
            let id = try container().id
            #expect(kubelet.runtime.state.resources[id]?.memoryLimitBytes == 2 << 20)
        }
    }
}

extension PodStatus {
    fileprivate func condition(_ type: PodConditionType) -> PodCondition? { conditions.first { $0.type == type } }
}
