import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import PodSources
import TestSupport
import Testing

@testable import Kubelet

/// When pods' cgroups are made and set. They are files in a directory here, which a pod therefore can't remove.
@Suite(.timeLimit(.minutes(3)))
struct PodCgroupTests {
    private let kubelet: TestKubelet

    init() throws {
        kubelet = try TestKubelet()
        for controller in ["cpu", "memory"] {
            try kubelet.directory.makeHierarchy("cgroup/\(controller)")
        }
    }

    private func file(_ path: String) -> String? {
        try? HostFiles.readText("\(kubelet.directory.path)/cgroup/\(path)")
    }

    private func waitForFile(_ path: String, _ content: String) async throws {
        while file(path) != content { try await Task.sleep(for: .milliseconds(2)) }
    }

    private static func pod(cpu: Quantity, memory: Quantity) -> Pod {
        var pod = Pod.sample()
        pod.spec.containers[0].resources.requests = ["cpu": "100m", "memory": "1Mi"]
        pod.spec.containers[0].resources.limits = ["cpu": cpu, "memory": memory]
        return pod
    }

    private static let place = "kubepods/burstable/poduid-1"

    @Test func aPodsCgroupIsThereBeforeItsSandbox() async throws {
        kubelet.runtime.hold(.runPodSandbox)
        try await kubelet.run {
            kubelet.want(Self.pod(cpu: "200m", memory: "2Mi"))
            try await kubelet.runtime.wait { $0.calls.contains { $0.operation == .runPodSandbox } }
            #expect(file("cpu/\(Self.place)/cpu.shares") == "102")
            #expect(file("cpu/\(Self.place)/cpu.cfs_quota_us") == "20000")
            #expect(file("memory/\(Self.place)/memory.limit_in_bytes") == "2097152")
            kubelet.runtime.release(.runPodSandbox)
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func aPodGrowsBeforeItsContainersAndShrinksAfterThem() async throws {
        try await kubelet.run {
            let pod = Self.pod(cpu: "200m", memory: "2Mi")
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.hold(.updateContainerResources)
            kubelet.want(
                pod.edited { $0.spec.containers[0].resources.limits = ["cpu": "400m", "memory": "1Mi"] })
            try await kubelet.runtime.wait { $0.calls.contains { $0.operation == .updateContainerResources } }
            #expect(file("cpu/\(Self.place)/cpu.cfs_quota_us") == "40000", "the container may have more by now")
            #expect(file("memory/\(Self.place)/memory.limit_in_bytes") == "2097152", "and has not given back any")
            kubelet.runtime.release(.updateContainerResources)
            try await waitForFile("memory/\(Self.place)/memory.limit_in_bytes", "1048576")
            #expect(file("cpu/\(Self.place)/cpu.cfs_quota_us") == "40000")
        }
    }

    @Test func aPodThatRunsAlreadyGetsWhatItsSpecSays() async throws {
        let pod = Self.pod(cpu: "200m", memory: "2Mi")
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
        }
        try HostFiles.write(
            Array("7".utf8), to: "\(kubelet.directory.path)/cgroup/cpu/\(Self.place)/cpu.shares", mode: 0o644)
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want(pod)
            try await waitForFile("cpu/\(Self.place)/cpu.shares", "102")
        }
    }

    @Test func burstablePodsWeighWhatTheyRequest() async throws {
        try await kubelet.run {
            let pod = Self.pod(cpu: "200m", memory: "2Mi")
            var other = Pod.sample("other-node", uid: "uid-9")
            other.spec.containers[0].resources.requests = ["cpu": "900m"]
            kubelet.want(pod, other, .sample("idle-node", uid: "uid-8"))
            try await waitForFile("cpu/kubepods/burstable/cpu.shares", "1024")
            kubelet.want(pod, other.edited(9) { $0.spec.containers[0].resources.requests = ["cpu": "400m"] })
            try await waitForFile("cpu/kubepods/burstable/cpu.shares", "512")
        }
    }

    @Test func aPodsOwnLimitsChangeInPlace() async throws {
        var pod = Pod.sample()
        pod.spec.resources = ResourceRequirements()
        pod.spec.resources?.requests = ["cpu": "500m"]
        pod.spec.resources?.limits = ["cpu": "1"]
        let first = pod
        try await kubelet.run {
            kubelet.want(first)
            try await kubelet.waitForPhase(.running)
            #expect(file("cpu/\(Self.place)/cpu.cfs_quota_us") == "100000")
            let container = try #require(kubelet.runtime.update { $0.container(named: "web") })
            #expect(kubelet.runtime.update { $0.containerConfigurations[container.id]?.resources.cpuQuota } == 100_000)
            kubelet.want(first.edited { $0.spec.resources?.limits = ["cpu": "2"] })
            try await kubelet.runtime.wait { $0.resources[container.id]?.cpuQuota == 200_000 }
            #expect(file("cpu/\(Self.place)/cpu.cfs_quota_us") == "200000")
            #expect(kubelet.runtime.update { $0.container(named: "web")?.id } == container.id)
        }
    }

    @Test func aPodWhoseCgroupCannotBeMadeIsTriedAgain() async throws {
        let obstacle = "\(kubelet.directory.path)/cgroup/cpu/kubepods"
        try HostFiles.createFile(obstacle, mode: 0o644)
        try await kubelet.run {
            kubelet.want(Self.pod(cpu: "200m", memory: "2Mi"))
            try await kubelet.log.wait { lines in lines.contains { $0.message.hasPrefix("cannot sync the pod") } }
            #expect(kubelet.runtime.update { $0.count(of: .runPodSandbox) } == 0)
            try HostFiles.remove(obstacle)
            kubelet.clock.advance(by: .seconds(2))
            try await kubelet.waitForPhase(.running)
        }
    }
}
