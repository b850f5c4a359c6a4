import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet
@testable import PodLifecycle

/// Pods that ask for more than room.
@Suite(.timeLimit(.minutes(3)))
struct PodCapabilityTests {
    private static func sysctl(_ name: String, _ value: String) -> Sysctl {
        var sysctl = Sysctl()
        sysctl.name = name
        sysctl.value = value
        return sysctl
    }

    @Test func whatTheSpecAsksForReachesTheSandbox() async throws {
        var pod = Pod.sample()
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.sysctls = [Self.sysctl("net/ipv4/tcp_syncookies", "0")]
        pod.spec.subdomain = "sub"
        pod.spec.setHostnameAsFQDN = true
        pod.spec.containers[0].resources.requests = ["cpu": "500m"]
        pod.spec.containers[0].resources.limits = ["memory": "1Mi"]
        pod.spec.overhead = ["cpu": "250m", "memory": "2Mi"]
        let wanted = pod
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForPhase(.running)
            let sandbox = try #require(kubelet.runtime.state.sandboxConfigurations.values.first)
            #expect(sandbox.linux.sysctls == ["net/ipv4/tcp_syncookies": "0"])
            #expect(sandbox.hostname == "web-node.sub.default.svc")
            #expect(sandbox.linux.resources?.cpuShares == 512)
            #expect(sandbox.linux.resources?.cpuQuota == 0)
            #expect(sandbox.linux.resources?.memoryLimitBytes == 1 << 20)
            #expect(sandbox.linux.overhead?.cpuShares == 256)
            #expect(sandbox.linux.overhead?.cpuQuota == 25_000)
            #expect(sandbox.linux.overhead?.memoryLimitBytes == 2 << 20)
            let hosts = try HostFiles.readText(kubelet.paths.etcHosts(PodUID("uid-1")))
            #expect(hosts.contains("\tweb-node.sub.default.svc\tweb-node\n"))
        }
    }

    @Test func aForbiddenSysctlIsShownAndWaitsForAnEdit() async throws {
        var pod = Pod.sample()
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.sysctls = [Self.sysctl("kernel.msgmax", "1")]
        let refused = pod
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(refused)
            try await kubelet.waitForStatuses { $0.first?.status.reason == "SysctlForbidden" }
            let status = try #require(kubelet.statuses.pods().first?.status)
            #expect(status.phase == .pending)
            #expect(status.message == "Pod was rejected: forbidden sysctl: \"kernel.msgmax\" not allowlisted")
            #expect(kubelet.events.reasons == ["SysctlForbidden"])
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            kubelet.want(refused.edited { $0.spec.securityContext = nil })
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func anEditThatTheNodeRefusesLeavesTheOldVersionRunning() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            let before = kubelet.runtime.state
            kubelet.want(
                Pod.sample().edited {
                    $0.spec.os = PodOS()
                    $0.spec.os?.name = "windows"
                })
            try await kubelet.events.wait { $0.last?.reason == "UpdatePending" }
            #expect(kubelet.events.all.last?.message.contains("PodOSNotSupported") == true)
            #expect(kubelet.runtime.state.containers == before.containers)
        }
    }

    @Test func aNewerRuntimeLetsInWhatTheOldOneCouldNotRun() async throws {
        var pod = Pod.sample()
        pod.spec.containers[0].lifecycle = Lifecycle()
        pod.spec.containers[0].lifecycle?.stopSignal = "SIGUSR1"
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.supplementalGroupsPolicy = .strict
        let wanted = pod
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForStatuses { $0.first?.status.reason == "SupplementalGroupsPolicyNotSupported" }
            kubelet.runtime.disconnectEvents()
            kubelet.runtime.update { state in
                state.hasSupplementalGroupsPolicy = true
                state.version = RuntimeVersion(name: "containerd", version: "v2.3.1", apiVersion: "v1")
            }
            kubelet.runtime.reconnectEvents()
            try await kubelet.waitForPhase(.running)
            let container = try #require(kubelet.runtime.state.containerConfigurations.values.first)
            #expect(container.stopSignal == "SIGUSR1")
            #expect(container.securityContext.supplementalGroupsPolicy == .strict)
        }
    }

    @Test func aNameTooLongForTheKernelIsToldByAnEvent() async throws {
        var pod = Pod.sample()
        pod.spec.subdomain = String(repeating: "s", count: 60)
        pod.spec.setHostnameAsFQDN = true
        let wanted = pod
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.events.wait { $0.contains { $0.reason == "FailedCreatePodSandBox" } }
            let event = try #require(kubelet.events.all.first { $0.reason == "FailedCreatePodSandBox" })
            #expect(event.message.hasPrefix("Failed to create pod sandbox: failed to construct FQDN from pod hostname"))
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func whatTheKubeletMadeIsLabelledForThePodWhereThereIsSELinux() throws {
        var pod = Pod.sample()
        pod.spec.volumes = [Volume(), Volume()]
        pod.spec.volumes[0].name = "own"
        pod.spec.volumes[0].emptyDir = EmptyDirVolumeSource()
        pod.spec.volumes[1].name = "host"
        pod.spec.volumes[1].hostPath = HostPathVolumeSource()
        pod.spec.containers[0].volumeMounts = ["own", "host"].map { name in
            var mount = VolumeMount()
            mount.name = name
            mount.mountPath = "/\(name)"
            return mount
        }
        for hasSELinux in [true, false] {
            var node = NodeFacts(
                name: "node", addresses: [], memoryCapacity: 0, allocatable: [:])
            node.hasSELinux = hasSELinux
            let translation = PodTranslation(
                node: node, paths: PodPaths(root: "/root", logs: "/logs"),
                dns: PodDNS(clusterServers: [], clusterDomain: "", resolverFile: ""),
                cgroups: PodCgroups(root: ""), seccompDefault: false)
            let configuration = try translation.container(
                pod.spec.containers[0], of: PodTarget(pod),
                start: PodActions.ContainerStart(name: "web", kind: .container, restartCount: 0),
                in: PodTranslation.Surroundings(
                    image: RuntimeImage(id: "i"),
                    volumes: ["own": PreparedVolume(path: "/own"), "host": PreparedVolume(path: "/host")],
                    subPaths: [:], addresses: []))
            let labelled = configuration.mounts.filter(\.seLinuxRelabel).map(\.containerPath)
            #expect(labelled == (hasSELinux ? ["/own", "/etc/hosts", "/dev/termination-log"] : []))
        }
    }
}
