import HostSystem
import KubernetesAPI
import Logging
import TestSupport
import Testing

@testable import Kubelet

/// The cgroups above those of pods.
@Suite(.timeLimit(.minutes(3)))
struct NodeCgroupsTests {
    private let directory: TemporaryDirectory
    private let clock = ManualClock()
    private let log = RecordedLog()

    init() throws {
        directory = try TemporaryDirectory()
        for controller in ["cpu", "memory", "pids", "hugetlb"] {
            try directory.makeHierarchy(controller)
        }
    }

    private func file(_ path: String) -> String? { try? HostFiles.readText("\(directory.path)/\(path)") }

    private func cgroups(_ options: Set<String>, system: String = "", kube: String = "") throws -> NodeCgroups {
        var inventory = HostInventory()
        inventory.cpus = 4
        inventory.memory = 8 << 30
        inventory.processes = 32_768
        inventory.hugePages = [2 << 20: 4]
        var reservations = NodeResources.Reservations()
        reservations.system = ["cpu": "500m", "memory": "1Gi", "pid": "768"]
        reservations.kube = ["cpu": "250m", "memory": "1Gi"]
        var enforcement = NodeCgroups.Enforcement()
        enforcement.options = options
        enforcement.systemReservedCgroup = system
        enforcement.kubeReservedCgroup = kube
        return NodeCgroups(
            PodCgroups(root: "/node", mountPoint: directory.path),
            resources: try NodeResources(inventory, reserving: reservations), enforcement: enforcement,
            pageSizes: [2 << 20], clock: clock, logger: log.logger)
    }

    @Test func allPodsGetWhatIsNotReserved() async throws {
        let cgroups = try cgroups(["pods"])
        try await cgroups.establish()
        #expect(file("cpu/node/kubepods/cpu.shares") == "3328")
        #expect(file("pids/node/kubepods/pids.max") == "32000")
        #expect(file("hugetlb/node/kubepods/hugetlb.2MB.limit_in_bytes") == "8388608")
        #expect(file("memory/node/kubepods/memory.limit_in_bytes") == nil, "what is used may be more")
        await cgroups.limitPods()
        #expect(file("memory/node/kubepods/memory.limit_in_bytes") == "6442450944")
        #expect(file("cpu/node/kubepods/besteffort/cpu.shares") == "2")
        #expect(HostFiles.exists("\(directory.path)/cpu/node/kubepods/burstable"))
        #expect(file("cpu/node/kubepods/burstable/cpu.shares") == nil, "it comes with its pods")
        #expect(file("hugetlb/node/kubepods/burstable/hugetlb.2MB.limit_in_bytes") == "4611686018427387904")
    }

    @Test func whatIsNotEnforcedIsAllThereIs() async throws {
        let cgroups = try cgroups(["none"])
        try await cgroups.establish()
        await cgroups.limitPods()
        #expect(file("cpu/node/kubepods/cpu.shares") == "4096")
        #expect(file("memory/node/kubepods/memory.limit_in_bytes") == "8589934592")
    }

    @Test func aLimitThatTheKernelRefusesIsTriedAgain() async throws {
        let cgroups = try cgroups(["pods"])
        try await cgroups.establish()
        let obstacle = "\(directory.path)/memory/node/kubepods/memory.limit_in_bytes"
        try HostFiles.createDirectory(obstacle)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cgroups.limitPods() }
            try await clock.waitForSleep(of: .seconds(60))
            try HostFiles.remove(obstacle)
            clock.advance(by: .seconds(60))
            try await group.waitForAll()
        }
        #expect(file("memory/node/kubepods/memory.limit_in_bytes") == "6442450944")
    }

    @Test func theWeightOfBurstablePodsIsTheirRequests() async throws {
        let cgroups = try cgroups(["pods"])
        try await cgroups.establish()
        await cgroups.weighBurstable(1500)
        #expect(file("cpu/node/kubepods/burstable/cpu.shares") == "1536")
        await cgroups.weighBurstable(0)
        #expect(file("cpu/node/kubepods/burstable/cpu.shares") == "2")
    }

    @Test func theSystemIsLimitedWhereThatIsAskedFor() async throws {
        for controller in ["cpu", "memory", "pids"] {
            for name in ["system", "kube"] { try HostFiles.createDirectory("\(directory.path)/\(controller)/\(name)") }
        }
        try await cgroups(["pods", "system-reserved", "kube-reserved-compressible"], system: "/system", kube: "/kube")
            .establish()
        #expect(file("cpu/system/cpu.shares") == "512")
        #expect(file("memory/system/memory.limit_in_bytes") == "1073741824")
        #expect(file("pids/system/pids.max") == "768")
        #expect(file("cpu/kube/cpu.shares") == "256")
        #expect(file("memory/kube/memory.limit_in_bytes") == nil)
    }

    @Test func aCgroupThatIsNotThereCannotBeLimited() async throws {
        let error = await #expect(throws: NodeSetupError.self) {
            try await cgroups(["pods", "system-reserved"], system: "/system").establish()
        }
        #expect(error?.description == "cannot enforce system-reserved: there is no cgroup /system")
    }
}
