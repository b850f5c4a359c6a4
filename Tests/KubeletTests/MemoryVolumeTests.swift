import HostSystem
import KubernetesAPI
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// `emptyDir` volumes in memory: what is mounted, and how large it may become.
@Suite struct MemoryVolumeTests {
    private let directory: TemporaryDirectory
    private let paths: PodPaths
    private let mounts = FakeMountTable()
    private let volumes: PodVolumes

    init() throws {
        directory = try TemporaryDirectory()
        paths = PodPaths(root: directory.path + "/root", logs: directory.path + "/logs")
        volumes = PodVolumes(
            paths: paths, mounts: mounts,
            node: NodeFacts(name: "node", addresses: [], memoryCapacity: 0, allocatable: ["memory": "1Gi"]),
            clock: ManualClock())
    }

    private func pod(_ emptyDir: String, limits: [ResourceList] = [[:]]) throws -> Pod {
        let text = "volumes: [{name: fast, emptyDir: {\(emptyDir)}}]"
        let decoded = PodSpec.decode(try DocumentReader.readSingle(Array(text.utf8)))
        #expect(decoded.issues.isEmpty)
        var pod = Pod.sample(containers: limits.indices.map { "c\($0)" })
        for (index, list) in limits.enumerated() {
            pod.spec.containers[index].resources.limits = list
            pod.spec.containers[index].resources.requests = list
        }
        pod.spec.volumes = decoded.value.volumes
        return pod
    }

    private func mounted(_ pod: Pod) throws -> MemoryOptions? {
        let path = try #require(try volumes.prepare(pod)["fast"]?.path)
        return mounts.mounts.first { $0.path == path }?.memory
    }

    // MARK: tmpfs

    /// Limits of the volume, of containers, and what the volume may be.
    struct Size: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let source: String
        let limits: [ResourceList]
        let megabytes: Int64
    }

    @Test(arguments: [
        Size(testDescription: "what all pods may have", source: "", limits: [[:]], megabytes: 1024),
        Size(testDescription: "its own", source: ", sizeLimit: 10Mi", limits: [[:]], megabytes: 10),
        Size(testDescription: "no limit", source: ", sizeLimit: 0", limits: [[:]], megabytes: 1024),
        Size(testDescription: "more than there is", source: ", sizeLimit: 2Gi", limits: [[:]], megabytes: 1024),
        Size(
            testDescription: "the pod's", source: ", sizeLimit: 200Mi",
            limits: [["memory": "64Mi"], ["memory": "16Mi"]],
            megabytes: 80),
        Size(
            testDescription: "less than the pod's", source: ", sizeLimit: 8Mi", limits: [["memory": "64Mi"]],
            megabytes: 8),
        Size(
            testDescription: "a pod with a container that has no limit", source: "", limits: [["memory": "64Mi"], [:]],
            megabytes: 1024),
    ])
    func aVolumeIsNoLargerThanItsPod(_ size: Size) throws {
        let pod = try pod("medium: Memory" + size.source, limits: size.limits)
        #expect(try mounted(pod) == MemoryOptions(sizeLimit: size.megabytes << 20, mode: 0o777))
    }

    @Test func anUnknownMediumIsRefused() throws {
        let error = #expect(throws: VolumeError.self) { try volumes.prepare(pod("medium: Tape")) }
        #expect(error?.message == "MountVolume.SetUp failed for volume \"fast\" : unknown storage medium \"Tape\"")
    }

    // MARK: Huge pages

    private static let small: ResourceList = ["memory": "1Gi", "hugepages-2Mi": "4Mi"]
    private static let large: ResourceList = ["memory": "1Gi", "hugepages-1Gi": "1Gi"]

    @Test func pagesAreOfTheOneSizeThatThePodHas() throws {
        let pod = try pod("medium: HugePages", limits: [[:], Self.small])
        #expect(try mounted(pod) == MemoryOptions(pageSize: 2 << 20, mode: 0o777))
        // Whoever finds it mounted leaves it alone.
        #expect(try mounted(pod) != nil)
        #expect(mounts.mounts.count == 1)
    }

    @Test(arguments: [("HugePages-2Mi", 2 << 20), ("HugePages-2048Ki", 2 << 20), ("HugePages-1Gi", 1 << 30)])
    func pagesAreOfTheSizeThatTheMediumNames(medium: String, size: Int64) throws {
        let pod = try pod("medium: \(medium)", limits: [Self.small, Self.large])
        #expect(try mounted(pod)?.pageSize == size)
    }

    @Test func pagesOfAllOfThePodOrOfAnInitContainerDo() throws {
        var pod = try pod("medium: HugePages", limits: [[:]])
        pod.spec.resources = ResourceRequirements()
        pod.spec.resources?.limits = Self.small
        #expect(try mounted(pod)?.pageSize == 2 << 20)
        pod.metadata.uid = "uid-2"
        pod.spec.resources = nil
        pod.spec.initContainers = [.sample("first")]
        pod.spec.initContainers[0].resources.limits = Self.large
        #expect(try mounted(pod)?.pageSize == 1 << 30)
    }

    @Test(arguments: [("HugePages", [:]), ("HugePages-1Gi", small)])
    func pagesThatThePodMayNotHaveAreRefused(medium: String, limits: ResourceList) throws {
        let pod = try pod("medium: \(medium)", limits: [limits])
        let error = #expect(throws: VolumeError.self) { try volumes.prepare(pod) }
        #expect(
            error?.message
                == "MountVolume.SetUp failed for volume \"fast\" : medium \(medium): "
                + "hugePages storage requested, but there is no resource request for huge pages")
        #expect(mounts.mounts == [])
    }

    @Test func twoSizesHaveToBeToldApart() throws {
        let pod = try pod("medium: HugePages", limits: [Self.small, Self.large])
        let error = #expect(throws: VolumeError.self) { try volumes.prepare(pod) }
        #expect(
            error?.message
                == "MountVolume.SetUp failed for volume \"fast\" : "
                + "medium: HugePages can't be used if container requests multiple huge page sizes")
    }

    @Test func pagesGoWithThePod() throws {
        var pod = try pod("medium: HugePages", limits: [Self.small])
        _ = try volumes.prepare(pod)
        try volumes.tearDown(pod.uid)
        #expect(mounts.mounts == [])
        let path = try #require(try volumes.prepare(pod)["fast"]?.path)
        pod.spec.volumes = []
        try volumes.removeForeign(of: pod)
        #expect(mounts.mounts == [])
        #expect(!HostFiles.exists(path))
    }
}
