import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// An edit of a pod, and what it takes.
struct EditCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout Pod) -> Void
    let expected: PodUpdate

    init(_ description: String, _ expected: PodUpdate, _ change: @escaping @Sendable (inout Pod) -> Void) {
        testDescription = description
        self.change = change
        self.expected = expected
    }
}

struct PodUpdateTests {
    /// A pod of two containers that uses much of what can be edited.
    static var pod: Pod {
        var pod = Pod.sample(containers: ["web", "side"], initContainers: ["setup", "proxy"])
        pod.spec.initContainers[1].restartPolicy = .always
        pod.metadata.labels = ["app": "web", "tier": "front"]
        pod.spec.volumes = [.emptyDir("data"), .emptyDir("spare")]
        pod.spec.containers[0].volumeMounts = [.mount("data", at: "/data")]
        pod.spec.containers[0].env = [.field("APP", "metadata.labels['app']"), .resource("CPUS", "requests.cpu")]
        pod.spec.containers[0].ports = [.port(80)]
        pod.spec.containers[0].resources.requests = ["cpu": "100m", "memory": "10Mi"]
        pod.spec.containers[0].resources.limits = ["memory": "20Mi"]
        pod.spec.containers[1].resources.requests = ["cpu": "100m"]
        return pod
    }

    static let nothing: PodUpdate = .inPlace(starting: [])

    static let restartingNothing: [EditCase] = [
        EditCase("nothing", nothing) { _ in },
        EditCase("a label nobody refers to", nothing) { $0.metadata.labels["tier"] = "back" },
        EditCase("an annotation", nothing) { $0.metadata.annotations["note"] = "x" },
        EditCase("the grace period", nothing) { $0.spec.terminationGracePeriodSeconds = 5 },
        EditCase("the deadline", nothing) { $0.spec.activeDeadlineSeconds = 500 },
        EditCase("a probe", nothing) { $0.spec.containers[0].livenessProbe = Probe() },
        EditCase("a hook", nothing) { $0.spec.containers[0].lifecycle = .preStop(sleeping: 3) },
        EditCase("the pull policy", nothing) { $0.spec.containers[0].imagePullPolicy = .always },
        EditCase("a toleration", nothing) { $0.spec.tolerations = [Toleration()] },
        EditCase("the priority class", nothing) { $0.spec.priorityClassName = "system-cluster-critical" },
        EditCase("an amount of CPU", nothing) { $0.spec.containers[1].resources.requests = ["cpu": "200m"] },
        EditCase("an amount of the pod's own", nothing) {
            $0.spec.resources = ResourceRequirements()
            $0.spec.resources?.requests = ["cpu": "1"]
        },
        EditCase("a limit of memory", nothing) { $0.spec.containers[0].resources.limits = ["memory": "30Mi"] },
        EditCase("the system it is for", nothing) {
            $0.spec.os = PodOS()
            $0.spec.os?.name = "linux"
        },
        EditCase("another container's annotated profile", nothing) {
            $0.metadata.annotations[Pod.appArmorAnnotation + "other"] = "unconfined"
        },
        EditCase("a spelled-out default", nothing) { $0.spec.dnsPolicy = .clusterFirst },
        EditCase("the order of containers", nothing) { $0.spec.containers.reverse() },
        EditCase("a volume nobody mounts", nothing) { $0.spec.volumes[1].emptyDir?.medium = .memory },
        EditCase("a container less", nothing) { $0.spec.containers.removeLast() },
        EditCase("a sidecar less", nothing) { $0.spec.initContainers.removeLast() },
        EditCase("a probe of a sidecar", nothing) { $0.spec.initContainers[1].livenessProbe = Probe() },
        EditCase("a rule that restarts a sidecar", nothing) {
            $0.spec.initContainers[1].restartPolicyRules = [.rule(.restart, .isIn, 1)]
        },
    ]

    static let restartingContainers: [EditCase] = [
        EditCase("the image of a sidecar", .inPlace(starting: ["proxy"])) { $0.spec.initContainers[1].image = "envoy" },
        EditCase("another sidecar, before the init container", .inPlace(starting: ["log"])) {
            $0.spec.initContainers.insert(.sample("log"), at: 0)
            $0.spec.initContainers[0].restartPolicy = .always
        },
        EditCase("the image", .inPlace(starting: ["web"])) { $0.spec.containers[0].image = "nginx" },
        EditCase("a variable", .inPlace(starting: ["side"])) { $0.spec.containers[1].env = [.value("A", "b")] },
        EditCase("a label that a variable refers to", .inPlace(starting: ["web"])) {
            $0.metadata.labels["app"] = "other"
        },
        EditCase("an amount that a variable refers to", .inPlace(starting: ["web"])) {
            $0.spec.containers[0].resources.requests["cpu"] = "150m"
        },
        EditCase("the command", .inPlace(starting: ["web"])) { $0.spec.containers[0].command = ["x"] },
        EditCase("the arguments", .inPlace(starting: ["web"])) { $0.spec.containers[0].args = ["x"] },
        EditCase("a mount", .inPlace(starting: ["side"])) {
            $0.spec.containers[1].volumeMounts = [.mount("spare", at: "/spare")]
        },
        EditCase("a port of the container", .inPlace(starting: ["web"])) {
            $0.spec.containers[0].ports = [.port(8080)]
        },
        EditCase("the container's security context", .inPlace(starting: ["side"])) {
            $0.spec.containers[1].securityContext = SecurityContext(readOnly: true)
        },
        EditCase("a limit that is lifted", .inPlace(starting: ["web"])) {
            $0.spec.containers[0].resources.limits = [:]
        },
        EditCase("an amount that needs a restart", .inPlace(starting: ["side"])) {
            $0.spec.containers[1].resizePolicy = [.restart(on: "cpu")]
            $0.spec.containers[1].resources.requests = ["cpu": "200m"]
        },
        EditCase("a container more", .inPlace(starting: ["third"])) { $0.spec.containers.append(.sample("third")) },
        EditCase("a container by another name", .inPlace(starting: ["third"])) { $0.spec.containers[1].name = "third" },
        EditCase("an annotated profile", .inPlace(starting: ["side"])) {
            $0.metadata.annotations[Pod.appArmorAnnotation + "side"] = "unconfined"
        },
        EditCase("a profile", .inPlace(starting: ["side"])) {
            var context = SecurityContext()
            context.seccompProfile = SeccompProfile()
            context.seccompProfile?.type = .unconfined
            $0.spec.containers[1].securityContext = context
        },
        EditCase("the stop signal", .inPlace(starting: ["side"])) {
            $0.spec.containers[1].lifecycle = Lifecycle()
            $0.spec.containers[1].lifecycle?.stopSignal = "SIGINT"
        },
        EditCase("an OOM score", .inPlace(starting: ["web", "side", "setup", "proxy"])) {
            $0.spec.priorityClassName = "system-node-critical"
        },
    ]

    static let replacing: [EditCase] = [
        EditCase("a port of the host", .replacement(because: "hostPort")) {
            $0.spec.containers[0].ports[0].hostPort = 80
        },
        EditCase("the host's network", .replacement(because: "spec.hostNetwork")) { $0.spec.hostNetwork = true },
        EditCase("the host's processes", .replacement(because: "spec.hostPID")) { $0.spec.hostPID = true },
        EditCase("the host's IPC", .replacement(because: "spec.hostIPC")) { $0.spec.hostIPC = true },
        EditCase("shared processes", .replacement(because: "spec.shareProcessNamespace")) {
            $0.spec.shareProcessNamespace = true
        },
        EditCase("DNS", .replacement(because: "spec.dnsPolicy")) { $0.spec.dnsPolicy = .useDefault },
        EditCase("the host name", .replacement(because: "spec.hostname")) { $0.spec.hostname = "other" },
        EditCase("aliases", .replacement(because: "spec.hostAliases")) { $0.spec.hostAliases = [HostAlias()] },
        EditCase("the pod's security context", .replacement(because: "spec.securityContext")) {
            var context = PodSecurityContext()
            context.runAsUser = 5
            $0.spec.securityContext = context
        },
        EditCase("the first privileged container", .replacement(because: "securityContext.privileged")) {
            $0.spec.containers[0].securityContext = SecurityContext(privileged: true)
        },
        EditCase("a sysctl", .replacement(because: "spec.securityContext")) {
            $0.spec.securityContext = PodSecurityContext()
            $0.spec.securityContext?.sysctls = [Sysctl()]
        },
        EditCase("the subdomain", .replacement(because: "spec.subdomain")) { $0.spec.subdomain = "other" },
        EditCase("huge pages of the pod", .replacement(because: "spec.resources")) {
            $0.spec.resources = ResourceRequirements()
            $0.spec.resources?.requests = ["cpu": "1", "hugepages-2Mi": "2Mi"]
            $0.spec.resources?.limits = ["hugepages-2Mi": "2Mi"]
        },
        EditCase("the overhead", .replacement(because: "spec.overhead")) { $0.spec.overhead = ["cpu": "1"] },
        EditCase("the runtime class", .replacement(because: "spec.runtimeClassName")) {
            $0.spec.runtimeClassName = "other"
        },
        EditCase("the QoS class", .replacement(because: "the QoS class")) {
            $0.spec.containers[0].resources = ResourceRequirements()
            $0.spec.containers[1].resources = ResourceRequirements()
        },
        EditCase("the restart policy", .replacement(because: "spec.restartPolicy")) {
            $0.spec.restartPolicy = .never
        },
        EditCase("an init container", .replacement(because: "spec.initContainers")) {
            $0.spec.initContainers[0].image = "other"
        },
        EditCase("a mounted volume", .replacement(because: "volume data")) {
            $0.spec.volumes[0].emptyDir?.medium = .memory
        },
    ]

    @Test("an edit", arguments: restartingNothing + restartingContainers + replacing)
    func takesTheSmallestChange(_ edit: EditCase) {
        #expect(PodUpdate(from: Self.pod, to: Self.pod.edited { edit.change(&$0) }) == edit.expected)
    }

    @Test(arguments: [.never, .onFailure] as [RestartPolicy])
    func anyEditReplacesAPodThatIsToEnd(_ policy: RestartPolicy) {
        let pod = Pod.sample(restartPolicy: policy)
        #expect(
            PodUpdate(from: pod, to: pod.edited { $0.metadata.labels["a"] = "b" })
                == .replacement(because: "spec.restartPolicy"))
        #expect(PodUpdate(from: pod, to: pod.edited { _ in }) == Self.nothing)
    }

    /// They are on every node's containers: a change would restart all of them at an upgrade.
    @Test func revisionsAreWhatTheyWere() {
        let revisions = ContainerRevision.all(of: Self.pod).mapValues(\.rawValue)
        #expect(
            revisions == [
                "proxy": "b39944b7ccaf0b9dd7f26397ec35b097", "setup": "8b882672e04bd8536a7abcf7ab6a226e",
                "side": "2680a394724b45c4d9b4ce09cc2d3880",
                "web": "05b789ccbf7b755ff405c9ca5761c2ea",
            ])
    }

    /// The first two are upstream's own vectors (`pkg/kubelet/container/helpers_test.go`).
    @Test(
        arguments: [
            ("test_container", "foo/image:v1", "8e45cbd0"), ("foo", "bar", "11a6d6d6"), ("nginx", "nginx", "a564281e"),
            ("nginx", "nginx:1.25", "5d0e8bc9"),
        ])
    func hashOfNameAndImageIsUpstreams(_ name: String, _ image: String, _ hash: String) {
        #expect(UpstreamContainerHash.hexadecimal(of: .sample(name, image: image)) == hash)
    }
}

extension Volume {
    fileprivate static func emptyDir(_ name: String) -> Volume {
        var volume = Volume()
        volume.name = name
        volume.emptyDir = EmptyDirVolumeSource()
        return volume
    }
}

extension VolumeMount {
    fileprivate static func mount(_ name: String, at path: String) -> VolumeMount {
        var mount = VolumeMount()
        mount.name = name
        mount.mountPath = path
        return mount
    }
}

extension EnvVar {
    fileprivate static func value(_ name: String, _ value: String) -> EnvVar {
        var variable = EnvVar()
        variable.name = name
        variable.value = value
        return variable
    }

    fileprivate static func field(_ name: String, _ path: String) -> EnvVar {
        var variable = value(name, "")
        var selector = ObjectFieldSelector()
        selector.fieldPath = path
        variable.valueFrom = EnvVarSource()
        variable.valueFrom?.fieldRef = selector
        return variable
    }

    fileprivate static func resource(_ name: String, _ resource: String) -> EnvVar {
        var variable = value(name, "")
        var selector = ResourceFieldSelector()
        selector.resource = resource
        variable.valueFrom = EnvVarSource()
        variable.valueFrom?.resourceFieldRef = selector
        return variable
    }
}

extension ContainerPort {
    fileprivate static func port(_ number: Int32) -> ContainerPort {
        var port = ContainerPort()
        port.containerPort = number
        return port
    }
}

extension ContainerResizePolicy {
    fileprivate static func restart(on resource: String) -> ContainerResizePolicy {
        var policy = ContainerResizePolicy()
        policy.resourceName = resource
        policy.restartPolicy = .restartContainer
        return policy
    }
}

extension SecurityContext {
    fileprivate init(readOnly: Bool? = nil, privileged: Bool? = nil) {
        self.init()
        readOnlyRootFilesystem = readOnly
        self.privileged = privileged
    }
}

extension Lifecycle {
    fileprivate static func preStop(sleeping seconds: Int64) -> Lifecycle {
        var sleep = SleepAction()
        sleep.seconds = seconds
        var lifecycle = Lifecycle()
        lifecycle.preStop = LifecycleHandler()
        lifecycle.preStop?.sleep = sleep
        return lifecycle
    }
}
