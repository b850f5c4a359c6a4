import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What pods' cgroups are set to.
struct CgroupSettingsTests {
    private static func resources(_ requests: ResourceList = [:], _ limits: ResourceList = [:]) -> ResourceRequirements
    {
        var resources = ResourceRequirements()
        resources.requests = requests
        resources.limits = limits
        return resources
    }

    private static func pod(
        _ containers: ResourceRequirements..., initContainers: [ResourceRequirements] = [],
        own: ResourceRequirements? = nil, overhead: ResourceList = [:]
    ) -> Pod {
        var pod = Pod.sample(
            containers: containers.indices.map { "c\($0)" }, initContainers: initContainers.indices.map { "i\($0)" })
        for (index, resources) in containers.enumerated() { pod.spec.containers[index].resources = resources }
        for (index, resources) in initContainers.enumerated() { pod.spec.initContainers[index].resources = resources }
        pod.spec.resources = own
        pod.spec.overhead = overhead
        return pod
    }

    private static func settings(_ pod: Pod, _ policy: LimitPolicy = LimitPolicy()) -> CgroupSettings {
        CgroupSettings(of: pod, policy)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var pod: Pod
        var shares: Int64
        var quota: Int64?
        var memory: Int64?

        init(_ description: String, _ pod: Pod, shares: Int64, quota: Int64? = nil, memory: Int64? = nil) {
            (testDescription, self.pod, self.shares, self.quota, self.memory) = (
                description, pod, shares, quota, memory
            )
        }
    }

    @Test(arguments: [
        Case("nothing asked for", pod(resources()), shares: 2),
        Case("requests alone", pod(resources(["cpu": "250m"]), resources(["cpu": "500m"])), shares: 768),
        Case(
            "guaranteed", pod(resources(["cpu": "2", "memory": "1Gi"], ["cpu": "2", "memory": "1Gi"])), shares: 2048,
            quota: 200_000, memory: 1 << 30),
        Case(
            "a limit for every container",
            pod(resources(["cpu": "100m"], ["cpu": "200m"]), resources(["cpu": "100m"], ["cpu": "300m"])), shares: 204,
            quota: 50_000),
        Case(
            "a container without a limit", pod(resources([:], ["cpu": "1", "memory": "1Mi"]), resources()), shares: 2),
        Case(
            "an init container without a limit",
            pod(resources([:], ["memory": "1Mi"]), initContainers: [resources()]), shares: 2),
        Case(
            "an init container that has more",
            pod(resources([:], ["memory": "1Mi"]), initContainers: [resources([:], ["memory": "3Mi"])]), shares: 2,
            memory: 3 << 20),
        Case(
            "what comes on top counts where there is a limit",
            pod(
                resources(["cpu": "1"], ["memory": "1Mi"]), overhead: ["cpu": "250m", "memory": "1Mi"]), shares: 1280,
            memory: 2 << 20),
        Case(
            "what comes on top is no limit by itself",
            pod(resources(["cpu": "1"]), overhead: ["cpu": "250m", "memory": "1Mi"]), shares: 1280),
        Case(
            "the pod's own amounts",
            pod(
                resources(["cpu": "100m"]), resources(),
                own: resources(["cpu": "500m", "memory": "1Mi"], ["cpu": "1", "memory": "4Mi"])), shares: 512,
            quota: 100_000, memory: 4 << 20),
        Case(
            "the pod's own limit of one amount",
            pod(resources(["memory": "1Mi"]), own: resources(["cpu": "500m"], ["cpu": "1"])), shares: 512,
            quota: 100_000),
        Case("the least quota", pod(resources([:], ["cpu": "1m"])), shares: 2, quota: 1000),
        Case("more shares than there are", pod(resources(["cpu": "1000"])), shares: 262_144),
    ])
    func aPodsAmountsBecomeThoseOfItsCgroup(_ row: Case) {
        let settings = Self.settings(row.pod)
        #expect(settings.cpuShares == row.shares)
        #expect(settings.cpuQuota == .init(time: .init(row.quota), period: 100_000))
        #expect(settings.memory == .init(row.memory))
        #expect(settings.processes == .unlimited)
    }

    @Test func theNodesConfigurationDecidesWhatIsEnforced() {
        let pod = Self.pod(Self.resources([:], ["cpu": "1"]))
        var policy = LimitPolicy()
        policy.cpuPeriod = 20_000
        policy.processes = 100
        #expect(Self.settings(pod, policy).cpuQuota == .init(time: .amount(20_000), period: 20_000))
        #expect(Self.settings(pod, policy).processes == .amount(100))
        policy.enforcesCPULimits = false
        #expect(Self.settings(pod, policy).cpuQuota?.time == .unlimited)
    }

    @Test func hugePagesThatAreNotAskedForCannotBeHad() {
        let pod = Self.pod(Self.resources(["cpu": "1"], ["hugepages-2Mi": "4Mi"]))
        var policy = LimitPolicy()
        policy.pageSizes = [2 << 20, 1 << 30]
        #expect(Self.settings(pod, policy).hugePages == ["2MB": .amount(4 << 20), "1GB": .amount(0)])
    }

    @Test func aContainerHasItsHugePagesOrThoseOfAllOfThePod() {
        let limits: ResourceList = ["hugepages-2Mi": "4Mi"]
        let own = Self.resources(["cpu": "1"], ["hugepages-2Mi": "8Mi"])
        let pod = Self.pod(Self.resources(["cpu": "1"], limits), Self.resources(["cpu": "1"]))
        let shared = Self.pod(Self.resources([:], limits), Self.resources(), own: own)
        var node = NodeFacts(name: "node", addresses: [], memoryCapacity: 1 << 30, allocatable: [:])
        node.limits.pageSizes = [2 << 20, 1 << 30]
        for (pod, megabytes) in [(pod, [4, 0]), (shared, [4, 8])] {
            let bytes = pod.spec.containers.map {
                ResourceTranslation.resources(of: $0, in: pod, on: node).hugepageLimits
            }
            #expect(bytes == megabytes.map { ["2MB": UInt64($0) << 20, "1GB": 0] })
        }
    }

    /// Rows of upstream's conversion.
    @Test(arguments: [
        (2, 1), (102, 4), (1024, 39), (2048, 79), (262_143, 9999), (262_144, 10_000), (1_000_000, 10_000),
    ])
    func sharesBecomeWeights(_ shares: Int64, _ weight: Int64) {
        #expect(CgroupSettings.weight(shares: shares) == weight)
    }

    @Test func growingTakesNothingBack() {
        var before = CgroupSettings()
        before.cpuQuota = .init(time: .amount(50_000), period: 100_000)
        before.memory = .unlimited
        var after = CgroupSettings()
        after.cpuShares = 2
        after.cpuQuota = .init(time: .amount(20_000), period: 100_000)
        after.memory = .amount(1)
        let grown = after.raised(to: before)
        #expect(grown.cpuShares == 2)
        #expect(grown.cpuQuota?.time == .amount(50_000))
        #expect(grown.memory == .unlimited)
        before.cpuQuota?.period = 10_000
        #expect(after.raised(to: before).cpuQuota == after.cpuQuota, "of another period it says nothing")
    }

    @Test func slicesHaveTheSettingsAsProperties() {
        var settings = CgroupSettings()
        settings.cpuShares = 512
        settings.cpuQuota = .init(time: .amount(50_500), period: 100_000)
        settings.memory = .amount(1 << 20)
        settings.processes = .unlimited
        #expect(
            settings.properties(isUnified: false) == [
                .init("CPUShares", .uint64(512)), .init("CPUQuotaPerSecUSec", .uint64(510_000)),
                .init("MemoryLimit", .uint64(1 << 20)), .init("TasksMax", .uint64(.max)),
            ])
        settings.cpuQuota = .init(time: .unlimited, period: 20_000)
        #expect(
            settings.properties(isUnified: true) == [
                .init("CPUWeight", .uint64(20)), .init("CPUQuotaPerSecUSec", .uint64(.max)),
                .init("CPUQuotaPeriodUSec", .uint64(20_000)), .init("MemoryMax", .uint64(1 << 20)),
                .init("TasksMax", .uint64(.max)),
            ])
        #expect(CgroupSettings().properties(isUnified: true) == [])
    }

    // MARK: Names

    @Test(arguments: [
        ("", "/kubepods/burstable/pod12-ab", "kubepods-burstable-pod12_ab.slice"),
        ("/", "/kubepods/burstable/pod12-ab", "kubepods-burstable-pod12_ab.slice"),
        ("/node/a-b", "/node/a-b/kubepods/burstable/pod12-ab", "node-a_b-kubepods-burstable-pod12_ab.slice"),
    ])
    func theRuntimeIsToldTheCgroupAsTheDriverHasIt(_ root: String, _ path: String, _ unit: String) throws {
        var pod = Self.pod(Self.resources(["cpu": "1"]))
        pod.metadata.uid = "12-ab"
        #expect(PodCgroups(root: root).parent(of: pod) == path)
        let slices = PodCgroups(root: root, systemd: try FakeSystemd().manager)
        #expect(slices.parent(of: pod) == unit)
    }

    @Test func aSliceLiesInTheSlicesOfItsName() {
        let name = CgroupName(["kubepods", "besteffort", "pod12-ab"])
        #expect(
            name.path(.systemd)
                == "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod12_ab.slice")
        #expect(CgroupName([]).path(.systemd) == "")
        #expect(CgroupName([]).unit == "-.slice")
        #expect(
            CgroupName("/kubepods.slice/kubepods-pod12_ab.slice", of: .systemd) == CgroupName(["kubepods", "pod12-ab"]))
        #expect(CgroupName("/system.slice", of: .cgroupfs).path(.cgroupfs) == "/system.slice")
    }
}
