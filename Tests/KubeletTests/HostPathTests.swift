import ContainerRuntime
import Glibc
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// `hostPath` volumes and what their types ask for.
@Suite(.timeLimit(.minutes(3)))
struct HostPathTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try HostFiles.createDirectory(directory.path + "/directory")
        try HostFiles.createFile(directory.path + "/file", mode: 0o600)
        #expect(mknod(directory.path + "/socket", S_IFSOCK | 0o600, 0) == 0)
        try HostFiles.symbolicLink(directory.path + "/character", to: "/dev/null")
        // A loop device's numbers; nobody opens it.
        if geteuid() == 0 { #expect(mknod(directory.path + "/block", S_IFBLK | 0o600, 7 << 8) == 0) }
    }

    private func pod(_ type: String, _ name: String) -> Pod {
        var pod = Pod.sample()
        var volume = Volume()
        volume.name = "host"
        volume.hostPath = HostPathVolumeSource()
        volume.hostPath?.path = "\(directory.path)/\(name)"
        volume.hostPath?.type = HostPathType(rawValue: type)
        pod.spec.volumes = [volume]
        return pod
    }

    private func volumes() -> PodVolumes {
        PodVolumes(
            paths: PodPaths(root: directory.path + "/root", logs: directory.path + "/logs"), mounts: FakeMountTable(),
            node: NodeFacts(name: "node", addresses: [], memoryCapacity: 0, allocatable: [:]), clock: ManualClock())
    }

    // MARK: Types

    /// A type with what it takes, and what its refusal says.
    struct Kind: Sendable, CustomTestStringConvertible {
        var type: String
        var taken: [String]
        var noun: String

        var testDescription: String { type }
    }

    private static let places = ["directory", "file", "socket", "character", "block", "nothing"]

    @Test(
        .enabled(if: geteuid() == 0, "only root makes devices"),
        arguments: [
            Kind(type: "Directory", taken: ["directory"], noun: "directory"),
            Kind(type: "DirectoryOrCreate", taken: ["directory", "nothing"], noun: "directory"),
            Kind(type: "File", taken: ["file"], noun: "file"),
            Kind(type: "FileOrCreate", taken: ["file", "nothing"], noun: "file"),
            Kind(type: "Socket", taken: ["socket"], noun: "socket file"),
            Kind(type: "CharDevice", taken: ["character"], noun: "character device"),
            Kind(type: "BlockDevice", taken: ["block"], noun: "block device"),
            Kind(type: "", taken: places, noun: ""),
        ])
    func aPathIsOfItsTypeOrRefused(_ kind: Kind) throws {
        for place in Self.places {
            let pod = pod(kind.type, place)
            if kind.taken.contains(place) {
                #expect(try volumes().prepare(pod)["host"]?.path == "\(directory.path)/\(place)")
            } else {
                let error = #expect(throws: VolumeError.self, "\(place)") { try volumes().prepare(pod) }
                #expect(
                    error?.message
                        == "MountVolume.SetUp failed for volume \"host\" : hostPath type check failed: "
                        + "\(directory.path)/\(place) is not a \(kind.noun)")
            }
        }
        let made = try HostFiles.attributes(directory.path + "/nothing")
        switch kind.type {
        case "DirectoryOrCreate": #expect(made?.kind == .directory && made?.mode == 0o755)
        case "FileOrCreate": #expect(made?.kind == .file && made?.mode == 0o644)
        default: #expect(made == nil)
        }
    }

    // MARK: Once

    @Test func aPathIsLookedAtOnce() throws {
        let volumes = volumes()
        let pod = pod("Socket", "socket")
        _ = try volumes.prepare(pod)
        try HostFiles.remove(directory.path + "/socket")
        _ = try volumes.prepare(pod)
        // One that was taken out of the pod meanwhile is looked at again, and that of another pod.
        var without = pod
        without.spec.volumes = []
        try volumes.removeForeign(of: without)
        #expect(throws: VolumeError.self) { try volumes.prepare(pod) }
    }

    @Test func anotherPathOfTheSameNameIsLookedAt() throws {
        let volumes = volumes()
        _ = try volumes.prepare(pod("Socket", "socket"))
        #expect(throws: VolumeError.self) { try volumes.prepare(pod("Socket", "nothing")) }
        #expect(throws: VolumeError.self) { try volumes.prepare(pod("File", "socket")) }
    }

    @Test func aContainerStartsAgainWhileASocketIsAway() async throws {
        let kubelet = try TestKubelet()
        let pod = pod("Socket", "socket")
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            try HostFiles.remove(directory.path + "/socket")
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
        }
    }

    @Test func aPathOfAnotherTypeIsAnEventUntilItIsMended() async throws {
        let kubelet = try TestKubelet()
        let pod = pod("Socket", "nothing")
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            #expect(
                kubelet.events.all.first { $0.reason == "FailedMount" }?.message
                    == "MountVolume.SetUp failed for volume \"host\" : hostPath type check failed: "
                    + "\(directory.path)/nothing is not a socket file")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            #expect(mknod(directory.path + "/nothing", S_IFSOCK | 0o600, 0) == 0)
            kubelet.clock.advance(by: .seconds(15))
            try await kubelet.waitForPhase(.running)
        }
    }

    /// A kubelet that was started again finds its pods' sandboxes, and has set up no volume yet.
    @Test func whatKeepsAContainerFromStartingInItsSandboxIsAnEvent() async throws {
        let first = try TestKubelet()
        let pod = pod("Socket", "socket")
        try await first.run {
            first.want(pod)
            try await first.waitForPhase(.running)
        }
        try HostFiles.remove(directory.path + "/socket")
        first.runtime.exit("web", code: 1)
        let second = try first.startedAgain()
        try await second.run {
            second.want(pod)
            try await second.events.wait { $0.contains { $0.reason == "FailedMount" } }
            #expect(second.runtime.state.container(named: "web")?.attempt == 0)
            #expect(mknod(directory.path + "/socket", S_IFSOCK | 0o600, 0) == 0)
            try await second.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            second.clock.advance(by: .seconds(15))
            try await second.waitForRun(attempt: 1)
        }
    }
}
