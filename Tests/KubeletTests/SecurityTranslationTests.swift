import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What the runtime is asked for by the security contexts of a pod and its containers.
struct SecurityTranslationTests {
    private static func sample(_ change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample()
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.containers[0].securityContext = SecurityContext()
        change(&pod)
        return pod
    }

    private func container(
        _ pod: Pod, seccompDefault: Bool = false, image: RuntimeImage = RuntimeImage(id: "i")
    ) throws -> LinuxContainerSecurityContext {
        try SecurityTranslation(
            seccompDefault: seccompDefault, seccompProfiles: "/root/seccomp", thermalThrottles: ["/sys/throttle"]
        ).containerContext(of: pod.spec.containers[0], in: pod, image: image)
    }

    // MARK: runAsNonRoot

    struct User: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var ofPod: Int64?
        var ofContainer: Int64?
        var ofImage: Int64?
        var named = ""
        /// What is wrong; `nil` for a user that will do.
        var problem: String?
    }

    @Test(arguments: [
        User(testDescription: "a number of the pod's", ofPod: 7),
        User(testDescription: "the container's instead of root", ofPod: 0, ofContainer: 7),
        User(testDescription: "a number of the image's", ofImage: 7),
        User(
            testDescription: "root by the pod", ofPod: 0, ofImage: 7,
            problem: "container's runAsUser breaks non-root policy"),
        User(
            testDescription: "root by the container", ofPod: 7, ofContainer: 0,
            problem: "container's runAsUser breaks non-root policy"),
        User(
            testDescription: "root by the image", ofImage: 0,
            problem: "container has runAsNonRoot and image will run as root"),
        User(
            testDescription: "an image without a user",
            problem: "container has runAsNonRoot and image will run as root"),
        User(
            testDescription: "a name", named: "web",
            problem: "container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root"),
    ])
    func rootMayBeRuledOut(_ user: User) {
        let pod = Self.sample { pod in
            pod.spec.securityContext?.runAsNonRoot = true
            pod.spec.securityContext?.runAsUser = user.ofPod
            pod.spec.containers[0].securityContext?.runAsUser = user.ofContainer
        }
        var image = RuntimeImage(id: "i")
        image.uid = user.ofImage
        image.username = user.named
        do {
            _ = try container(pod, image: image)
            #expect(user.problem == nil)
        } catch {
            let place = "(pod: \"\(pod.metadata.name)_default(\(pod.metadata.uid))\", container: web)"
            #expect((error as? ContainerStartError)?.message == user.problem.map { "\($0) \(place)" })
        }
    }

    private func sandbox(_ pod: Pod) -> LinuxSandboxSecurityContext { SecurityTranslation.sandboxContext(of: pod) }

    // MARK: seccomp

    @Test(
        arguments: [
            (nil, nil, .unconfined),
            (SeccompProfile(.localhost, "a/b.json"), nil, .localhost("/root/seccomp/a/b.json")),
            (nil, SeccompProfile(.localhost, "c.json"), .localhost("/root/seccomp/c.json")),
            (SeccompProfile(.localhost, "a.json"), SeccompProfile(.runtimeDefault), .runtimeDefault),
            (SeccompProfile(.runtimeDefault), SeccompProfile(.localhost, "c.json"), .localhost("/root/seccomp/c.json")),
            (SeccompProfile(.runtimeDefault), SeccompProfile(.unconfined), .unconfined),
        ] as [(SeccompProfile?, SeccompProfile?, SecurityProfile)])
    func theContainersSeccompProfileWins(
        ofPod: SeccompProfile?, ofContainer: SeccompProfile?, expected: SecurityProfile
    ) throws {
        let pod = Self.sample {
            $0.spec.securityContext?.seccompProfile = ofPod
            $0.spec.containers[0].securityContext?.seccompProfile = ofContainer
        }
        #expect(try container(pod).seccomp == expected)
        #expect(sandbox(pod).seccomp == .runtimeDefault, "the sandbox's own process is no business of the profile")
    }

    @Test func aDefaultProfileIsForThoseWithoutOne() throws {
        #expect(try container(Self.sample(), seccompDefault: true).seccomp == .runtimeDefault)
        let free = Self.sample { $0.spec.securityContext?.seccompProfile = SeccompProfile(.unconfined) }
        #expect(try container(free, seccompDefault: true).seccomp == .unconfined)
    }

    // MARK: AppArmor

    @Test(
        arguments: [
            (nil, nil, nil, nil),
            (AppArmorProfile(.runtimeDefault), nil, nil, .runtimeDefault),
            (AppArmorProfile(.runtimeDefault), "unconfined", nil, .unconfined),
            (AppArmorProfile(.runtimeDefault), "localhost/p", AppArmorProfile(.localhost, "q"), .localhost("q")),
            (nil, "localhost/p", nil, .localhost("p")),
            (nil, "runtime/default", nil, .runtimeDefault),
            (AppArmorProfile(.unconfined), "nonsense", nil, .unconfined),
        ] as [(AppArmorProfile?, String?, AppArmorProfile?, SecurityProfile?)])
    func theContainersAppArmorProfileWins(
        ofPod: AppArmorProfile?, annotation: String?, ofContainer: AppArmorProfile?, expected: SecurityProfile?
    ) throws {
        let pod = Self.sample {
            $0.spec.securityContext?.appArmorProfile = ofPod
            $0.metadata.annotations["container.apparmor.security.beta.kubernetes.io/web"] = annotation
            $0.metadata.annotations["container.apparmor.security.beta.kubernetes.io/other"] = "localhost/other"
            $0.spec.containers[0].securityContext?.appArmorProfile = ofContainer
        }
        #expect(try container(pod).appArmor == expected)
        #expect(sandbox(pod).appArmor == nil)
    }

    // MARK: SELinux

    @Test func theContainersLabelWinsAndTheSandboxHasThePods() throws {
        var options = SELinuxOptions()
        options.level = "s0:c1,c2"
        let ofPod = Self.sample { $0.spec.securityContext?.seLinuxOptions = options }
        #expect(try container(ofPod).seLinux == SELinuxOption(level: "s0:c1,c2"))
        #expect(sandbox(ofPod).seLinux == SELinuxOption(level: "s0:c1,c2"))
        var own = SELinuxOptions()
        own.user = "u"
        own.role = "r"
        own.type = "t"
        var both = ofPod
        both.spec.containers[0].securityContext?.seLinuxOptions = own
        #expect(try container(both).seLinux == SELinuxOption(user: "u", role: "r", type: "t"))
        #expect(sandbox(both).seLinux == SELinuxOption(level: "s0:c1,c2"))
        #expect(try container(Self.sample()).seLinux == nil)
    }

    // MARK: Groups and /proc

    @Test(
        arguments: [(nil, .merge), (.merge, .merge), (.strict, .strict)]
            as [(KubernetesAPI.SupplementalGroupsPolicy?, ContainerRuntime.SupplementalGroupsPolicy)])
    func groups(
        policy: KubernetesAPI.SupplementalGroupsPolicy?, expected: ContainerRuntime.SupplementalGroupsPolicy
    ) throws {
        let pod = Self.sample { $0.spec.securityContext?.supplementalGroupsPolicy = policy }
        #expect(try container(pod).supplementalGroupsPolicy == expected)
        #expect(sandbox(pod).supplementalGroupsPolicy == expected)
    }

    @Test(
        arguments: [(nil, [], []), (nil, [5, 6], [5, 6]), (7, [], [7]), (7, [5, 6], [7, 5, 6])]
            as [(Int64?, [Int64], [Int64])])
    func theGroupOfTheVolumesIsOneOfThePods(fsGroup: Int64?, supplemental: [Int64], expected: [Int64]) throws {
        let pod = Self.sample {
            $0.spec.securityContext?.fsGroup = fsGroup
            $0.spec.securityContext?.supplementalGroups = supplemental
        }
        #expect(sandbox(pod).supplementalGroups == expected)
        #expect(try container(pod).supplementalGroups == expected)
    }

    @Test func procIsMaskedUnlessAskedOtherwise() throws {
        let masked = try container(Self.sample())
        #expect(masked.maskedPaths.contains("/proc/kcore") && masked.maskedPaths.contains("/sys/throttle"))
        #expect(masked.readOnlyPaths.contains("/proc/sys"))
        let open = try container(Self.sample { $0.spec.containers[0].securityContext?.procMount = .unmasked })
        #expect(open.maskedPaths.isEmpty && open.readOnlyPaths.isEmpty)
        #expect(open.seccomp == .unconfined)
    }
}

extension SeccompProfile {
    fileprivate init(_ type: SecurityProfileType, _ file: String? = nil) {
        self.init()
        self.type = type
        localhostProfile = file
    }
}

extension AppArmorProfile {
    fileprivate init(_ type: SecurityProfileType, _ name: String? = nil) {
        self.init()
        self.type = type
        localhostProfile = name
    }
}
