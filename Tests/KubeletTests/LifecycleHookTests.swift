import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

@Suite(.timeLimit(.minutes(3)))
struct LifecycleHookTests {
    /// A pod of these containers, the first of which has hooks.
    private func pod(_ names: String..., change: (inout Lifecycle) -> Void) -> Pod {
        var pod = Pod.sample(containers: ["web"] + names)
        var lifecycle = Lifecycle()
        change(&lifecycle)
        pod.spec.containers[0].lifecycle = lifecycle
        return pod
    }

    private static func exec(_ command: String...) -> LifecycleHandler {
        var handler = LifecycleHandler()
        handler.exec = ExecAction()
        handler.exec?.command = command
        return handler
    }

    private static func sleep(_ seconds: Int64) -> LifecycleHandler {
        var handler = LifecycleHandler()
        handler.sleep = SleepAction()
        handler.sleep?.seconds = seconds
        return handler
    }

    private static func httpGet(_ port: IntOrString, scheme: URIScheme = .http) -> LifecycleHandler {
        var handler = LifecycleHandler()
        handler.httpGet = HTTPGetAction()
        handler.httpGet?.path = "/bye?now"
        handler.httpGet?.port = port
        handler.httpGet?.scheme = scheme
        return handler
    }

    @Test func theHookAfterTheStartRunsBeforeTheNextContainerStarts() async throws {
        let pod = pod("side") { $0.postStart = Self.exec("greet") }
        let kubelet = try TestKubelet()
        kubelet.runtime.hold(.execSync)
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.runtime.wait { $0.count(of: .execSync) == 1 }
            #expect(kubelet.runtime.state.container(named: "side") == nil)
            kubelet.runtime.release(.execSync)
            try await kubelet.waitForRun(of: "side", attempt: 0)
        }
    }

    @Test func aFailedHookAfterTheStartEndsTheContainer() async throws {
        let runtime = FakeRuntime(
            images: ["busybox:latest"],
            execHandler: { _, _ in ExecResult(stdout: [], stderr: Array("no".utf8), exitCode: 3) },
            clock: { .testStart })
        let kubelet = try TestKubelet(runtime: runtime)
        try await kubelet.run {
            kubelet.want(pod { $0.postStart = Self.exec("greet", "all") })
            let message = try await kubelet.waitForReason("PostStartHookError")
            #expect(
                message.hasPrefix(
                    "Exec lifecycle hook ([greet all]) for Container \"web\" in Pod \"web-node_default(uid-1)\" failed"
                ))
            #expect(message.contains("command 'greet all' exited with 3: no"))
            #expect(kubelet.runtime.state.gracePeriods == ["web": [30]])
            let hook = try #require(kubelet.events.all.first { $0.reason == "FailedPostStartHook" })
            #expect(hook.message == "PostStartHook failed", "what it said may be a secret")
        }
    }

    @Test func aFailedHookAfterTheStartMayEndThePod() async throws {
        let runtime = FakeRuntime(
            images: ["busybox:latest"],
            execHandler: { _, _ in ExecResult(stdout: [], stderr: [], exitCode: 3) }, clock: { .testStart })
        let kubelet = try TestKubelet(runtime: runtime)
        try await kubelet.run {
            var pod = pod { $0.postStart = Self.exec("greet") }
            pod.spec.restartPolicy = .never
            kubelet.want(pod)
            try await kubelet.waitForPhase(.failed)
            let status = kubelet.statuses.pods().first?.status.containerStatuses.first
            #expect(status?.state.terminated?.exitCode == 143)
        }
    }

    @Test func aContainerGetsTheLeastGraceWhoeverAsksForLess() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            var pod = Pod.sample()
            pod.spec.terminationGracePeriodSeconds = 1
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [2]])
        }
    }

    @Test func theHookBeforeTheStopComesFirstAndItsTimeCounts() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod { $0.preStop = Self.sleep(12) })
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.clock.waitForSleep(of: .seconds(12))
            #expect(kubelet.runtime.state.count(of: .stopContainer) == 0)
            kubelet.clock.advance(by: .seconds(12))
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [18]])
        }
    }

    @Test func aHookThatTakesTooLongLeavesTheLeastGrace() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.hold(.execSync)
        try await kubelet.run {
            kubelet.want(pod { $0.preStop = Self.exec("wait") })
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.clock.waitForSleep(of: .seconds(30))
            kubelet.clock.advance(by: .seconds(30))
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [2]])
        }
    }

    @Test func aFailedHookBeforeTheStopIsSaidAndChangesNothing() async throws {
        let kubelet = try TestKubelet()
        kubelet.requests.refuse("nobody answers")
        try await kubelet.run {
            kubelet.want(pod { $0.preStop = Self.httpGet(.int(8080)) })
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.events.reasons.contains("FailedPreStopHook"))
            #expect(kubelet.runtime.state.gracePeriods == ["web": [30]])
            let request = try #require(kubelet.requests.all.first)
            #expect(request.port == 8080 && request.target == "/bye?now" && !request.isHTTPS)
            #expect(request.host.hasPrefix("10.88."))
        }
    }

    @Test func aPortMayBeNamed() async throws {
        let pod = pod { $0.preStop = Self.httpGet(.string("web"), scheme: .https) }.edited(1) { pod in
            var port = ContainerPort()
            port.name = "web"
            port.containerPort = 8443
            pod.spec.containers[0].ports = [port]
        }
        let kubelet = try TestKubelet()
        kubelet.requests.speakPlainHTTP()
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.requests.all.map(\.port) == [8443])
            #expect(kubelet.events.reasons.contains("LifecycleHTTPFallback"))
        }
    }

    /// - Parameter hasCheckpoint: whether the accepted spec is still there.
    @Test(arguments: [true, false])
    func aPodWhoseManifestWentWhileTheKubeletWasAwayHasItsHookRun(hasCheckpoint: Bool) async throws {
        let first = try TestKubelet()
        try await first.run {
            first.want(pod { $0.preStop = Self.exec("bye") })
            try await first.waitForPhase(.running)
        }
        if !hasCheckpoint { try HostFiles.remove(first.paths.checkpoints + "/uid-1.json") }
        let second = try first.startedAgain()
        try await second.run {
            second.want()
            try await second.runtime.wait { $0.sandboxes.isEmpty && $0.containers.isEmpty }
            #expect(second.runtime.state.count(of: .execSync) == 1)
        }
    }

    @Test func aContainerThatIsGoneFromTheSpecHasItsHookRun() async throws {
        let pod = pod("side") { $0.preStop = Self.exec("bye") }
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForRun(of: "side", attempt: 0)
            try await kubelet.waitForPhase(.running)
            kubelet.want(pod.edited { $0.spec.containers.removeFirst() })
            try await kubelet.runtime.wait { $0.containers.values.map(\.name) == ["side"] }
            #expect(kubelet.runtime.state.count(of: .execSync) == 1)
        }
    }
}
