import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Variables that a container takes from a file in a volume.
@Suite(.timeLimit(.minutes(3)))
struct EnvironmentFileTests {
    private static func pod(optional: Bool? = nil) -> Pod {
        var pod = Pod.sample(initContainers: ["write"])
        pod.spec.volumes = [Volume()]
        pod.spec.volumes[0].name = "data"
        pod.spec.volumes[0].emptyDir = EmptyDirVolumeSource()
        var taken = EnvVar()
        taken.name = "TAKEN"
        var selector = FileKeySelector()
        selector.volumeName = "data"
        selector.path = "conf/app.env"
        selector.key = "KEY"
        selector.isOptional = optional
        taken.valueFrom = EnvVarSource()
        taken.valueFrom?.fileKeyRef = selector
        var derived = EnvVar()
        derived.name = "DERIVED"
        derived.value = "<$(TAKEN)>"
        pod.spec.containers[0].env = [taken, derived]
        return pod
    }

    /// Runs the pod, whose init container leaves something in the volume.
    private static func run(
        _ pod: Pod, _ leave: @escaping @Sendable (String) throws -> Void,
        _ check: @escaping @Sendable (TestKubelet) async throws -> Void
    ) async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForRun(of: "write", attempt: 0)
            try leave(kubelet.paths.volume(PodUID("uid-1"), .emptyDir, "data"))
            kubelet.runtime.exit("write", code: 0)
            try await check(kubelet)
        }
    }

    private static func variables(_ kubelet: TestKubelet) throws -> [String] {
        let container = try #require(kubelet.runtime.state.container(named: "web"))
        let configuration = try #require(kubelet.runtime.state.containerConfigurations[container.id])
        #expect(!configuration.mounts.contains { $0.hostPath.contains("/data") })
        return configuration.environment.map { "\($0.name)=\($0.value)" }
    }

    private static func write(_ text: String) -> @Sendable (String) throws -> Void {
        { volume in
            try HostFiles.createDirectory("\(volume)/conf")
            try HostFiles.write(Array(text.utf8), to: "\(volume)/conf/app.env", mode: 0o644)
        }
    }

    @Test func aVariableIsTakenFromAFileThatIsNotMounted() async throws {
        try await Self.run(Self.pod(), Self.write("OTHER='x'\nKEY='value'\n")) { kubelet in
            try await kubelet.waitForRun(attempt: 0)
            #expect(try Self.variables(kubelet) == ["TAKEN=value", "DERIVED=<value>"])
        }
    }

    @Test(arguments: ["OTHER='x'", "KEY=''", nil])
    func oneThatNeedNotBeThereIsNotSet(text: String?) async throws {
        let leave: @Sendable (String) throws -> Void = if let text { Self.write(text) } else { { _ in } }
        try await Self.run(Self.pod(optional: true), leave) { kubelet in
            try await kubelet.waitForRun(attempt: 0)
            #expect(try Self.variables(kubelet) == ["DERIVED=<$(TAKEN)>"])
        }
    }

    /// What is left in the volume, and why the container waits.
    struct Problem: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: String
        let leave: @Sendable (String) throws -> Void
    }

    static let problems = [
        Problem(
            testDescription: "no file", message: "couldn't parse env file: conf/app.env is not in volume data",
            leave: { _ in }),
        Problem(
            testDescription: "no such variable",
            message: "environment variable key \"KEY\" not found in file \"conf/app.env\"", leave: write("A='x'")),
        Problem(
            testDescription: "another language",
            message: "couldn't parse env file: invalid environment variable format at line 1: "
                + "value must be enclosed in single quotes",
            leave: write("KEY=value")),
        Problem(
            testDescription: "a file that is too large",
            message: "couldn't parse env file: conf/app.env is larger than 1048576 bytes",
            leave: write(String(repeating: "# line\n", count: 160_000))),
        Problem(
            testDescription: "a directory", message: "couldn't parse env file",
            leave: { try HostFiles.createDirectory("\($0)/conf/app.env") }),
    ]

    @Test(arguments: problems)
    func whatIsWrongIsSaidAndTheContainerWaits(_ problem: Problem) async throws {
        try await Self.run(Self.pod(), problem.leave) { kubelet in
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message == problem.message)
            // It is looked for again.
            let volume = kubelet.paths.volume(PodUID("uid-1"), .emptyDir, "data")
            try HostFiles.removeTree("\(volume)/conf")
            try Self.write("KEY='late'")(volume)
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForRun(attempt: 0)
            #expect(try Self.variables(kubelet).first == "TAKEN=late")
        }
    }

    /// Nor does it tell whether the host has what it names.
    @Test(arguments: ["conf", "nothing"])
    func aLinkOutOfTheVolumeIsNotFollowed(target: String) async throws {
        let outside = try TemporaryDirectory()
        try Self.write("KEY='secret'")(outside.path)
        let leave: @Sendable (String) throws -> Void = { volume in
            try HostFiles.symbolicLink("\(volume)/conf", to: "\(outside.path)/\(target)")
        }
        try await Self.run(Self.pod(optional: true), leave) { kubelet in
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message == "couldn't parse env file")
            #expect(kubelet.log.problems.contains { $0.metadata["error"]?.contains("leads out of") == true })
        }
    }
}
