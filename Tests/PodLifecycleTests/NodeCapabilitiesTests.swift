import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

struct NodeCapabilitiesTests {
    /// A pod, and what a node says to it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: [String]?
        let change: @Sendable (inout Pod) -> Void

        /// - Parameter expected: reason and message; `nil` when the pod is let in.
        init(_ description: String, _ expected: [String]?, _ change: @escaping @Sendable (inout Pod) -> Void) {
            testDescription = description
            self.expected = expected
            self.change = change
        }

        func check(_ node: NodeCapabilities) {
            var pod = Pod.sample(containers: ["web", "side"])
            pod.spec.securityContext = PodSecurityContext()
            change(&pod)
            let rejection = node.rejection(of: pod)
            #expect(rejection.map { [$0.reason, $0.message] } == expected)
        }
    }

    // MARK: Sysctls

    private static func forbidden(_ what: String) -> [String] { ["SysctlForbidden", "forbidden sysctl: \(what)"] }

    @Test(arguments: [
        Case("none", nil) { _ in },
        Case("a safe one", nil) { $0.set("net.ipv4.ip_local_port_range") },
        Case("a safe one with slashes", nil) { $0.set("net/ipv4/ip_local_port_range") },
        Case("a safe one of this kernel", nil) { $0.set("net.ipv4.tcp_rmem") },
        Case("an allowed one", nil) { $0.set("kernel.msgmax") },
        Case("one of many that are allowed", nil) { $0.set("net.core.somaxconn") },
        Case("an unsafe one", forbidden("\"kernel.shmmax\" not allowlisted")) { $0.set("kernel.shmmax") },
        Case("the host's", forbidden("\"vm.swappiness\" not allowlisted")) { $0.set("vm/swappiness") },
        Case("one that is allowed in vain", forbidden("\"kernel.pid_max\" not allowlisted")) {
            $0.set("kernel.pid_max")
        },
        Case("a safe one and another", forbidden("\"net.ipv4.ip_forward\" not allowlisted")) {
            $0.set("net.ipv4.tcp_syncookies", "net.ipv4.ip_forward")
        },
        Case(
            "a safe one of the host's network",
            forbidden("\"net.ipv4.tcp_syncookies\" not allowed with host Net enabled")
        ) {
            $0.set("net.ipv4.tcp_syncookies")
            $0.spec.hostNetwork = true
        },
        Case("an allowed one of the host's IPC", forbidden("\"kernel.msgmax\" not allowed with host IPC enabled")) {
            $0.set("kernel.msgmax")
            $0.spec.hostIPC = true
        },
        Case("IPC on the host's network", nil) {
            $0.set("kernel.msgmax")
            $0.spec.hostNetwork = true
        },
    ])
    func sysctls(_ example: Case) {
        let allowed = ["net/core/*", "kernel.msgmax", "kernel.pid_max"]
        example.check(
            NodeCapabilities(sysctls: SysctlAllowlist(kernelVersion: "6.1.0-18-amd64", allowedUnsafe: allowed)))
    }

    @Test(arguments: [
        ("4.14.0", "tcp_rmem"), ("4.5", "tcp_fin_timeout"), ("3.10.0-el7", "tcp_keepalive_time"), ("", ""),
    ])
    func olderKernelsHaveFewerSafeOnes(kernel: String, missing: String) {
        let node = NodeCapabilities(sysctls: SysctlAllowlist(kernelVersion: kernel))
        Case("a safe one", nil) { $0.set("net.ipv4.tcp_syncookies") }.check(node)
        let name = "net.ipv4.\(missing)"
        Case("a new one", Self.forbidden("\"\(name)\" not allowlisted")) { $0.set(name) }.check(node)
    }

    // MARK: Kernel and runtime

    private static func noAppArmor(_ why: String) -> [String] { ["AppArmor", "Cannot enforce AppArmor: \(why)"] }
    private static let disabled = noAppArmor("AppArmor is not enabled on the host")

    @Test(arguments: [
        Case("a pod's profile", disabled) { $0.spec.securityContext?.appArmorProfile = .init(.runtimeDefault) },
        Case("a container's profile", disabled) { $0.confine(1, .init(.localhost, "p")) },
        Case("an annotation", disabled) { $0.metadata.annotations[Pod.appArmorAnnotation + "web"] = "runtime/default" },
        Case("freedom", nil) {
            $0.spec.securityContext?.appArmorProfile = .init(.unconfined)
            $0.metadata.annotations[Pod.appArmorAnnotation + "web"] = "unconfined"
        },
    ])
    func appArmorNeedsTheKernel(_ example: Case) { example.check(NodeCapabilities()) }

    @Test(arguments: [
        Case("a profile", nil) { $0.confine(0, .init(.localhost, "p")) },
        Case("a profile without a name", noAppArmor("invalid empty AppArmor profile name")) {
            $0.metadata.annotations[Pod.appArmorAnnotation + "side"] = "localhost/"
        },
    ])
    func appArmorNeedsAProfile(_ example: Case) { example.check(NodeCapabilities(hasAppArmor: true)) }

    @Test(arguments: [
        Case("Linux", nil) { $0.spec.os = PodOS("linux") },
        Case("Windows", ["PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"]) {
            $0.spec.os = PodOS("windows")
        },
        Case("Linux by a label", nil) { $0.metadata.labels["kubernetes.io/os"] = "linux" },
        Case(
            "Windows by a label",
            [
                "PodOSSelectorNodeLabelDoesNotMatch",
                "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
            ]
        ) { $0.metadata.labels["kubernetes.io/os"] = "windows" },
    ])
    func operatingSystems(_ example: Case) { example.check(NodeCapabilities()) }

    private static let strictGroups = Case(
        "strict groups",
        [
            "SupplementalGroupsPolicyNotSupported", "SupplementalGroupsPolicy=Strict is not supported in this node",
        ]
    ) { $0.spec.securityContext?.supplementalGroupsPolicy = .strict }

    private static let stopSignal = Case(
        "a stop signal",
        [
            "PodFeatureUnsupported",
            "the container runtime doesn't know the field for lifecycle.stopSignal (container side): "
                + "containerd does from 2.3 on",
        ]
    ) {
        $0.spec.containers[1].lifecycle = Lifecycle()
        $0.spec.containers[1].lifecycle?.stopSignal = "SIGUSR1"
    }

    private static let recursiveMount = Case(
        "a mount that is read-only all the way down",
        [
            "PodFeatureUnsupported",
            "failed to resolve recursive read-only mode: volume \"data\" requested recursive read-only mode, "
                + "but it is not supported by the runtime",
        ]
    ) { $0.spec.containers[1].volumeMounts = [VolumeMount("data", .enabled)] }

    private static let imageVolume = Case(
        "an image volume",
        [
            "PodFeatureUnsupported",
            "the container runtime doesn't know the field for image volumes (volume site): "
                + "containerd does from 2.1 on, CRI-O from 1.31 on",
        ]
    ) { pod in
        pod.spec.volumes = [Volume()]
        pod.spec.volumes[0].name = "site"
        pod.spec.volumes[0].image = ImageVolumeSource()
    }

    @Test(arguments: [strictGroups, stopSignal, recursiveMount, imageVolume])
    func fieldsThatTheRuntimeHasToKnow(_ example: Case) {
        var node = NodeCapabilities()
        example.check(node)
        node.runtime = RuntimeFeatures(
            supplementalGroupsPolicy: true, stopSignals: true, imageVolumes: true,
            handlers: [.init(name: "", recursiveReadOnlyMounts: true)])
        Case("known", nil, example.change).check(node)
    }

    @Test(arguments: [
        Case("if possible", nil) { $0.spec.containers[0].volumeMounts = [VolumeMount("data", .ifPossible)] },
        Case("disabled", nil) { $0.spec.containers[0].volumeMounts = [VolumeMount("data", .disabled)] },
        Case("another handler's business", nil) {
            recursiveMount.change(&$0)
            $0.spec.runtimeClassName = "kata"
        },
    ])
    func mountsThatAnyRuntimeCanMake(_ example: Case) { example.check(NodeCapabilities()) }

    @Test func whatIsMountedBelowIsReadOnlyWhereTheHandlerCanDoIt() {
        let runtime = RuntimeFeatures(handlers: [.init(name: "a", recursiveReadOnlyMounts: true), .init(name: "b")])
        let asked: [RecursiveReadOnlyMode?] = [.enabled, .ifPossible, .disabled, nil]
        func shown(_ handler: String) -> [RecursiveReadOnlyMode?] {
            asked.map { VolumeMountStatus(VolumeMount("data", $0), runtime, handler: handler).recursiveReadOnly }
        }
        #expect(shown("a") == [.enabled, .enabled, .disabled, .disabled])
        #expect(shown("b") == [.disabled, .disabled, .disabled, .disabled])
        #expect(shown("unknown") == shown("b"))
        var writable = VolumeMount("data", nil)
        writable.readOnly = false
        #expect(VolumeMountStatus(writable, runtime, handler: "a").recursiveReadOnly == nil)
    }

    @Test func groupsMayBeMergedByAnyRuntime() {
        Case("merge", nil) { $0.spec.securityContext?.supplementalGroupsPolicy = .merge }.check(NodeCapabilities())
    }

    @Test(arguments: [
        ("containerd", "v2.3.0", true), ("containerd", "2.4.0-beta+unknown", true), ("containerd", "10.0.1", true),
        ("containerd", "v2.2.5", false), ("containerd", "1.6.20~ds1", false), ("containerd", "unknown", false),
        ("cri-o", "2.3.0", false),
    ])
    func stopSignalsAreKnownByTheRuntimesVersion(name: String, version: String, isKnown: Bool) {
        let version = RuntimeVersion(name: name, version: version, apiVersion: "v1")
        #expect(RuntimeFeatures(version, RuntimeStatus(conditions: [])).stopSignals == isKnown)
    }

    @Test(arguments: [
        ("containerd", "v2.1.0", true), ("containerd", "v2.0.5", false), ("containerd", "1.6.20~ds1", false),
        ("cri-o", "1.31.0", true), ("cri-o", "1.30.4", false), ("other", "9.9.9", false),
    ])
    func imageVolumesAreKnownByTheRuntimesVersion(name: String, version: String, isKnown: Bool) {
        let version = RuntimeVersion(name: name, version: version, apiVersion: "v1")
        #expect(RuntimeFeatures(version, RuntimeStatus(conditions: [])).imageVolumes == isKnown)
    }
}

extension Pod {
    fileprivate mutating func set(_ sysctls: String...) {
        spec.securityContext?.sysctls = sysctls.map { name in
            var sysctl = Sysctl()
            sysctl.name = name
            sysctl.value = "1"
            return sysctl
        }
    }

    fileprivate mutating func confine(_ container: Int, _ profile: AppArmorProfile) {
        spec.containers[container].securityContext = SecurityContext()
        spec.containers[container].securityContext?.appArmorProfile = profile
    }
}

extension AppArmorProfile {
    fileprivate init(_ type: SecurityProfileType, _ name: String? = nil) {
        self.init()
        self.type = type
        localhostProfile = name
    }
}

extension PodOS {
    fileprivate init(_ name: String) {
        self.init()
        self.name = name
    }
}

extension VolumeMount {
    fileprivate init(_ name: String, _ mode: RecursiveReadOnlyMode?) {
        self.init()
        self.name = name
        mountPath = "/" + name
        readOnly = true
        recursiveReadOnly = mode
    }
}
