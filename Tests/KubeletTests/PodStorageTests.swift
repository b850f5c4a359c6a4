import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// On which disk is what pods have written.
struct PodStorageTests {
    @Test func whatIsWhere() {
        let storage = PodStorage(
            emptyDirs: ["data": DiskUsage(bytes: 1, inodes: 10)],
            containers: [
                "web": .init(logs: DiskUsage(bytes: 2, inodes: 20), layer: DiskUsage(bytes: 4, inodes: 40)),
                "side": .init(logs: DiskUsage(bytes: 8, inodes: 80)),
            ])
        #expect(storage.onNode == DiskUsage(bytes: 11, inodes: 110))
        #expect(storage.onImages == DiskUsage(bytes: 4, inodes: 40))
        #expect(storage.total == DiskUsage(bytes: 15, inodes: 150))
        #expect(storage.bytesOfContainers == ["web": 6, "side": 8])
    }

    @Test func aContainerAnswersForItsLogsAloneWhereItsFilesAreElsewhere() throws {
        var pod = Pod.sample(containers: ["web", "side"])
        pod.spec.containers[0].resources.limits = ["ephemeral-storage": "5"]
        pod.spec.containers[1].resources.limits = ["ephemeral-storage": "50"]
        let limits = try #require(StorageLimits(of: pod))
        let storage = PodStorage(containers: ["web": .init(logs: DiskUsage(bytes: 2), layer: DiskUsage(bytes: 4))])
        #expect(
            storage.excess(over: limits, withImageFileSystem: false)?.message
                == "Container web exceeded its local ephemeral storage limit \"5\". ")
        #expect(storage.excess(over: limits, withImageFileSystem: true) == nil)
    }
}
