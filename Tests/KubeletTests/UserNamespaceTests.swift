import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Pods whose users are not the host's.
@Suite(.timeLimit(.minutes(3)))
struct UserNamespaceTests {
    private static func pod(_ name: String = "web-node", uid: String = "uid-1", hash: String = "hash-1") -> Pod {
        var pod = Pod.sample(name, uid: uid, hash: hash)
        pod.spec.hostUsers = false
        pod.spec.volumes = [Volume()]
        pod.spec.volumes[0].name = "data"
        pod.spec.volumes[0].emptyDir = EmptyDirVolumeSource()
        var mount = VolumeMount()
        mount.name = "data"
        mount.mountPath = "/data"
        pod.spec.containers[0].volumeMounts = [mount]
        return pod
    }

    private static func kubelet() throws -> TestKubelet {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.handlers = [.init(name: "", userNamespaces: true)] }
        return kubelet
    }

    private static func range(_ first: UInt32) -> UserNamespace {
        UserNamespace(hostID: first, containerID: 0, length: 65_536)
    }

    private static func sandbox(_ kubelet: TestKubelet, of pod: String = "web-node") throws -> NamespaceOptions {
        let sandbox = try #require(kubelet.runtime.state.sandbox(ofPod: pod))
        let configuration = try #require(kubelet.runtime.state.sandboxConfigurations[sandbox.id])
        return configuration.linux.securityContext.namespaces
    }

    @Test func sandboxContainersAndMountsHaveTheSameRange() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
            #expect(try Self.sandbox(kubelet).userNamespace == Self.range(65_536))
            let container = try #require(kubelet.runtime.state.containerConfigurations.values.first)
            #expect(container.securityContext.namespaces.userNamespace == Self.range(65_536))
            #expect(container.mounts.map(\.containerPath) == ["/data", "/etc/hosts", "/dev/termination-log"])
            #expect(container.mounts.allSatisfy { $0.userNamespace == Self.range(65_536) })
            let file = try HostFiles.readText(kubelet.paths.userNamespace(PodUID("uid-1")))
            for key in ["uidMappings", "gidMappings"] { #expect(file.contains("\"\(key)\":")) }
            #expect(file.contains("\"hostId\":65536") && file.contains("\"length\":65536"), "\(file)")
        }
    }

    @Test func anyOtherPodHasTheHostsUsers() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            #expect(try Self.sandbox(kubelet).userNamespace == nil)
            let container = try #require(kubelet.runtime.state.containerConfigurations.values.first)
            #expect(container.securityContext.namespaces.userNamespace == nil)
            #expect(container.mounts.allSatisfy { $0.userNamespace == nil })
            #expect(!HostFiles.exists(kubelet.paths.userNamespace(PodUID("uid-1"))))
        }
    }

    @Test func podsShareNoRangeAndOneThatIsGoneIsGivenAgain() async throws {
        let kubelet = try Self.kubelet()
        let (one, two) = (Self.pod("one", uid: "1", hash: "1"), Self.pod("two", uid: "2", hash: "2"))
        let three = Self.pod("three", uid: "3", hash: "3")
        try await kubelet.run {
            kubelet.want(one, two)
            try await kubelet.waitForStatuses { $0.count == 2 && $0.allSatisfy { $0.status.phase == .running } }
            let first = try #require(try Self.sandbox(kubelet, of: "one").userNamespace)
            let second = try #require(try Self.sandbox(kubelet, of: "two").userNamespace)
            #expect([first.hostID, second.hostID].sorted() == [65_536, 131_072])
            kubelet.want(two)
            try await kubelet.waitForStatuses { $0.count == 1 }
            kubelet.want(two, three)
            try await kubelet.waitForStatuses { $0.count == 2 && $0.allSatisfy { $0.status.phase == .running } }
            #expect(try Self.sandbox(kubelet, of: "three").userNamespace == first)
        }
    }

    @Test func aKubeletThatIsStartedAgainKnowsTheRanges() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
        }
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want(Self.pod(), Self.pod("two", uid: "2", hash: "2"))
            try await next.waitForStatuses { $0.count == 2 && $0.allSatisfy { $0.status.phase == .running } }
            #expect(try Self.sandbox(next, of: "two").userNamespace == Self.range(131_072))
            next.runtime.exit("web", code: 1)
            try await next.waitForRun(attempt: 1)
            let ranges = Set(
                next.runtime.state.containerConfigurations.values.map(\.securityContext.namespaces.userNamespace))
            #expect(ranges == [Self.range(65_536), Self.range(131_072)])
        }
    }

    @Test func aRangeThatIsNotOnDiskIsThatOfTheSandbox() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod("other", uid: "0", hash: "0"), Self.pod())
            try await kubelet.waitForStatuses { $0.count == 2 && $0.allSatisfy { $0.status.phase == .running } }
            let range = try #require(try Self.sandbox(kubelet).userNamespace)
            let file = kubelet.paths.userNamespace(PodUID("uid-1"))
            try HostFiles.remove(file)
            let container = try #require(
                kubelet.runtime.state.containers.values.first { $0.labels["io.kubernetes.pod.uid"] == "uid-1" })
            kubelet.runtime.update { $0.containers[container.id]?.state = .exited }
            try await kubelet.runtime.removeContainer(container.id)
            try await kubelet.runtime.wait { state in
                state.containers.values.count { $0.state == .running } == 2
            }
            let ranges = kubelet.runtime.state.containerConfigurations.values.map {
                $0.securityContext.namespaces.userNamespace
            }
            #expect(ranges.contains(range) && Set(ranges).count == 2)
            #expect(try HostFiles.readText(file).contains("\"hostId\":\(range.hostID)"))
        }
    }

    @Test func aRuntimeThatWouldLeaveItOutGetsNoSandbox() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForStatuses { $0.first?.status.reason == "PodFeatureUnsupported" }
            let message = kubelet.statuses.pods().first?.status.message ?? ""
            #expect(
                message == "Pod was rejected: can't set `spec.hostUsers: false`, "
                    + "runtime does not support user namespaces: the handler \"\" is not known")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func anOlderRuntimeGetsNoMoreContainers() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.update { $0.handlers = [] }
            kubelet.runtime.exit("web", code: 1)
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message.hasPrefix("can't set `spec.hostUsers: false`"))
            #expect(kubelet.runtime.state.containers.count == 1)
        }
    }
}
