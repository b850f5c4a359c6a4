import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// The files of cgroups. Here nobody makes those that the kernel makes, and nobody takes what is written for orders.
struct CgroupHierarchiesTests {
    private let directory: TemporaryDirectory
    private let hierarchies: CgroupHierarchies

    init() throws {
        directory = try TemporaryDirectory()
        hierarchies = CgroupHierarchies(mountPoint: directory.path)
    }

    private func file(_ path: String) -> String? { try? HostFiles.readText("\(directory.path)/\(path)") }

    private func write(_ text: String, _ path: String) throws {
        try HostFiles.createDirectory(HostFiles.parent(of: "\(directory.path)/\(path)"))
        try HostFiles.write(Array(text.utf8), to: "\(directory.path)/\(path)", mode: 0o644)
    }

    private static let settings = {
        var settings = CgroupSettings()
        settings.cpuShares = 512
        settings.cpuQuota = .init(time: .amount(50_000), period: 100_000)
        settings.memory = .amount(1 << 20)
        settings.processes = .amount(100)
        settings.hugePages = ["2MB": .amount(0), "1GB": .unlimited]
        return settings
    }()

    @Test func ofVersion1EachControllerHasItsHierarchy() throws {
        for name in ["cpu,cpuacct", "memory", "pids", "hugetlb", "freezer"] {
            try directory.makeHierarchy(name)
        }
        try hierarchies.set("/kubepods/podone", to: Self.settings)
        #expect(!hierarchies.isUnified)
        #expect(file("cpu,cpuacct/kubepods/podone/cpu.shares") == "512")
        #expect(file("cpu,cpuacct/kubepods/podone/cpu.cfs_quota_us") == "50000")
        #expect(file("cpu,cpuacct/kubepods/podone/cpu.cfs_period_us") == "100000")
        #expect(file("memory/kubepods/podone/memory.limit_in_bytes") == "1048576")
        #expect(file("pids/kubepods/podone/pids.max") == "100")
        #expect(file("hugetlb/kubepods/podone/hugetlb.2MB.limit_in_bytes") == "0")
        #expect(file("hugetlb/kubepods/podone/hugetlb.1GB.limit_in_bytes") == "4611686018427387904")
        #expect(!HostFiles.exists("\(directory.path)/freezer/kubepods"), "the runtime makes it")
        let limits = hierarchies.limits(of: "/kubepods/podone")
        #expect(limits.cpuQuota == Self.settings.cpuQuota)
        #expect(limits.memory == Self.settings.memory)
    }

    @Test func ofVersion1WhatIsUnlimitedIsSaidSo() throws {
        for name in ["cpu", "memory"] { try directory.makeHierarchy(name) }
        try HostFiles.createDirectory("\(directory.path)/pids")
        try hierarchies.set("/pod", to: Self.settings)
        var settings = CgroupSettings()
        settings.cpuQuota = .init(time: .unlimited, period: 100_000)
        settings.memory = .unlimited
        settings.processes = .unlimited
        try hierarchies.set("/pod", to: settings)
        #expect(file("cpu/pod/cpu.shares") == "512", "what isn't named stays")
        #expect(file("cpu/pod/cpu.cfs_quota_us") == "-1")
        #expect(file("memory/pod/memory.limit_in_bytes") == "-1")
        #expect(file("pids/pod/pids.max") == nil, "the controller isn't mounted")
        #expect(hierarchies.limits(of: "/pod").cpuQuota?.time == .unlimited)
    }

    @Test func ofVersion2ControllersArePassedOnAndTheFilesAreOthers() throws {
        try write("cpuset cpu io memory pids rdma", "cgroup.controllers")
        try write("memory", "cgroup.subtree_control")
        try write("cpu memory pids", "kubepods/cgroup.controllers")
        try write("cpu memory pids", "kubepods/cgroup.subtree_control")
        try write("cpu memory", "kubepods/burstable/cgroup.controllers")
        try hierarchies.set("/kubepods/burstable/podone", to: Self.settings)
        #expect(hierarchies.isUnified)
        #expect(file("cgroup.subtree_control") == "+cpuset +cpu +io +pids", "what is there and isn't on yet")
        #expect(file("kubepods/cgroup.subtree_control") == "cpu memory pids", "nothing is missing")
        #expect(file("kubepods/burstable/cgroup.subtree_control") == "+cpu +memory")
        let pod = "kubepods/burstable/podone"
        #expect(file("\(pod)/cpu.weight") == "20")
        #expect(file("\(pod)/cpu.max") == "50000 100000")
        #expect(file("\(pod)/memory.max") == "1048576")
        #expect(file("\(pod)/pids.max") == "100")
        #expect(file("\(pod)/hugetlb.2MB.max") == "0")
        #expect(file("\(pod)/hugetlb.1GB.max") == "max")
        #expect(file("\(pod)/cgroup.subtree_control") == nil, "the runtime passes on what its containers need")
        #expect(hierarchies.limits(of: "/\(pod)").cpuQuota == Self.settings.cpuQuota)
        #expect(hierarchies.limits(of: "/\(pod)").memory == Self.settings.memory)
        var settings = CgroupSettings()
        settings.cpuQuota = .init(time: .unlimited, period: 100_000)
        try hierarchies.set("/\(pod)", to: settings)
        #expect(file("\(pod)/cpu.max") == "max 100000")
        #expect(hierarchies.limits(of: "/\(pod)").cpuQuota?.time == .unlimited)
    }

    @Test func memoryInUseLeavesOutWhatWasNotLookedAt() throws {
        try directory.makeHierarchy("memory")
        try write("5000\n", "memory/kubepods/memory.usage_in_bytes")
        try write("8000\n", "memory/kubepods/memory.limit_in_bytes")
        try write("inactive_file 1\ntotal_cache 9\ntotal_inactive_file 2000\n", "memory/kubepods/memory.stat")
        #expect(hierarchies.memoryUse(of: "/kubepods") == MemoryUse(workingSet: 3000, limit: 8000))
        #expect(hierarchies.memoryUse(of: "/other") == nil)
    }

    @Test func ofVersion2MemoryInUseIsInOtherFiles() throws {
        try write("memory", "cgroup.controllers")
        try write("5000\n", "kubepods/memory.current")
        try write("max\n", "kubepods/memory.max")
        try write("anon 1\ninactive_file 2000\n", "kubepods/memory.stat")
        #expect(hierarchies.memoryUse(of: "/kubepods") == MemoryUse(workingSet: 3000, limit: nil))
    }

    @Test func slicesOfPodsAreFoundAndGo() async throws {
        let systemd = try FakeSystemd()
        try directory.makeHierarchy("memory")
        let cgroups = PodCgroups(root: "", systemd: systemd.manager, mountPoint: directory.path)
        let place = "kubepods.slice/kubepods-burstable.slice"
        let pod = "\(directory.path)/memory/\(place)/kubepods-burstable-pod12_ab.slice"
        try HostFiles.createDirectory("\(pod)/cri-containerd-1.scope")
        try HostFiles.createDirectory("\(directory.path)/memory/\(place)/other.slice")
        func said(_ words: String) -> Bool {
            systemd.calls.contains { String(decoding: $0, as: UTF8.self).contains(words) }
        }
        #expect(try cgroups.storedPods() == [PodUID("12-ab")])
        try await cgroups.remove(PodUID("12-ab"))
        #expect(!HostFiles.exists(pod))
        #expect(said("StopUnit"))
        #expect(said("kubepods-burstable-pod12_ab.slice"))
        try await cgroups.set(cgroups.all, to: Self.settings)
        #expect(said("StartTransientUnit"))
        #expect(file("memory/kubepods.slice/memory.limit_in_bytes") == "1048576", "files are exact")
    }
}
