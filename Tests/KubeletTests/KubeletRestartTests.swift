import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// A kubelet that finds what the one before it left.
@Suite(.timeLimit(.minutes(3)))
struct KubeletRestartTests {
    /// A kubelet that was stopped while its pod ran.
    private func stopped(running pod: Pod = .sample()) async throws -> TestKubelet {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
        }
        return kubelet
    }

    @Test func containersSurviveTheEndOfTheKubelet() async throws {
        let kubelet = try await stopped()
        #expect(kubelet.runtime.state.container(named: "web")?.state == .running)
        #expect(kubelet.runtime.state.count(of: .stopContainer) == 0)
    }

    @Test func runningPodIsAdopted() async throws {
        let first = try await stopped()
        let before = first.runtime.state
        let second = try first.startedAgain()
        first.clock.advance(by: .seconds(60))
        try await second.run {
            second.want(.sample())
            try await second.waitForPhase(.running)
            let after = second.runtime.state
            #expect(after.sandboxes == before.sandboxes)
            #expect(after.containers == before.containers)
            let status = try #require(second.statuses.pods().first?.status)
            #expect(status.containerStatuses.first?.restartCount == 0)
            #expect(status.startTime == .testStart)
            #expect(second.events.all.isEmpty)
        }
    }

    /// A kubelet that was killed before it wrote the file, or an administrator who removed it.
    @Test func anEtcHostsThatIsMissingIsWrittenBeforeAContainerIsCreated() async throws {
        let first = try await stopped()
        let path = first.paths.etcHosts(PodUID("uid-1"))
        let text = try HostFiles.readText(path)
        #expect(text.contains("10.88.0.2\tweb-node\n"))
        try HostFiles.remove(path)
        first.runtime.exit("web", code: 1)
        let second = try first.startedAgain()
        try await second.run {
            second.want(.sample())
            try await second.waitForRun(attempt: 1)
            #expect(try HostFiles.readText(path) == text)
        }
    }

    @Test func etcHostsFollowsTheHostsAndStaysOneFile() async throws {
        var pod = Pod.sample()
        pod.spec.hostNetwork = true
        let kubelet = try TestKubelet()
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForRun(attempt: 0)
            let path = kubelet.paths.etcHosts(wanted.uid)
            let text = try HostFiles.readText(path)
            let before = try #require(try HostFiles.attributes(path))
            try HostFiles.write(Array("what the host said once\n".utf8), to: path, mode: 0o600)
            kubelet.runtime.exit("web", code: 1)
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForRun(attempt: 1)
            let after = try #require(try HostFiles.attributes(path))
            #expect(after.isSameFile(as: before) && after.mode == 0o644)
            #expect(try HostFiles.readText(path) == text)
        }
    }

    @Test func exitWhileTheKubeletWasAwayIsMadeUpFor() async throws {
        let first = try await stopped()
        first.runtime.exit("web", code: 1)
        let second = try first.startedAgain()
        try await second.run {
            second.want(.sample())
            try await second.waitForRun(attempt: 1)
            #expect(second.runtime.state.sandboxes.count == 1)
        }
    }

    /// - Parameter hasCheckpoint: whether the accepted spec is still there.
    @Test(arguments: [true, false])
    func podWhoseManifestWentGetsItsFullGoodbye(hasCheckpoint: Bool) async throws {
        var pod = Pod.sample()
        pod.spec.terminationGracePeriodSeconds = 45
        let first = try await stopped(running: pod)
        if !hasCheckpoint { try HostFiles.remove(first.paths.checkpoints + "/uid-1.json") }
        let second = try first.startedAgain()
        try await second.run {
            second.want()
            try await second.runtime.wait { $0.sandboxes.isEmpty && $0.containers.isEmpty }
            #expect(second.runtime.state.gracePeriods == ["web": [45]])
        }
    }

    /// What half went is not gone on with, for its files may be gone.
    @Test func podThatWasOnItsWayOutGoesThoughItsManifestIsBack() async throws {
        let first = try TestKubelet()
        try await first.run {
            first.want(.sample())
            try await first.waitForPhase(.running)
            first.runtime.hold(.stopContainer)
            first.want()
            try await first.runtime.wait { $0.count(of: .stopContainer) == 1 }
        }
        first.runtime.release(.stopContainer)
        let before = try #require(first.runtime.state.container(named: "web"))
        let second = try first.startedAgain()
        try await second.run {
            second.want(.sample())
            try await second.runtime.wait { state in
                state.container(named: "web").map { $0.id != before.id && $0.state == .running } == true
            }
            #expect(second.runtime.state.container(named: "web")?.attempt == 0)
        }
    }

    @Test func podReplacedMeanwhileFollowsItsPredecessor() async throws {
        let first = try await stopped()
        let second = try first.startedAgain()
        try await second.run {
            second.want(Pod.sample().edited { $0.spec.hostNetwork = true })
            try await second.runtime.wait { state in
                state.sandboxes.values.map(\.metadata.uid) == ["uid-2"]
                    && state.container(named: "web")?.state == .running
            }
            let calls = second.runtime.calls.map(\.operation)
            let removal = try #require(calls.firstIndex(of: .removePodSandbox))
            let creation = try #require(calls.lastIndex(of: .runPodSandbox))
            #expect(removal < creation)
            #expect(second.runtime.state.gracePeriods == ["web": [30]])
        }
    }

    @Test func podsOfOthersAreLeftAlone() async throws {
        let kubelet = try TestKubelet()
        let foreign = SandboxConfiguration(
            metadata: SandboxMetadata(name: "foreign", uid: "uid-9", namespace: "default"),
            logDirectory: kubelet.directory.path)
        _ = try await kubelet.runtime.runPodSandbox(foreign)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.runtime.state.sandbox(ofPod: "foreign")?.state == .ready)
        }
    }

    @Test func strayDirectoryIsRemovedAndAWantedOneKept() async throws {
        let kubelet = try TestKubelet()
        try HostFiles.createDirectory(kubelet.paths.pod(PodUID("uid-8")))
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            #expect(!HostFiles.exists(kubelet.paths.pod(PodUID("uid-8"))))
            #expect(HostFiles.exists(kubelet.paths.pod(PodUID("uid-1"))))
        }
    }
}
