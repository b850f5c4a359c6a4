import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Probes of running containers.
@Suite(.timeLimit(.minutes(3)))
struct ProbeTests {
    private static func httpGet(_ path: String, period: Int32 = 13, failures: Int32 = 1) -> Probe {
        var probe = Probe()
        probe.httpGet = HTTPGetAction()
        probe.httpGet?.path = path
        probe.httpGet?.port = 80
        probe.periodSeconds = period
        probe.timeoutSeconds = 1
        probe.successThreshold = 1
        probe.failureThreshold = failures
        return probe
    }

    private static func exec(_ command: String...) -> Probe {
        var probe = httpGet("")
        probe.httpGet = nil
        probe.exec = ExecAction()
        probe.exec?.command = command
        return probe
    }

    private func pod(_ change: (inout Container) -> Void) -> Pod {
        var pod = Pod.sample()
        change(&pod.spec.containers[0])
        return pod
    }

    private let refusal = ProbeOutcome(.failure, "HTTP probe failed with statuscode: 503")

    @Test func readinessIsShownAtOnceBothWays() async throws {
        let kubelet = try TestKubelet()
        kubelet.probes.answer("GET", refusal)
        try await kubelet.run {
            kubelet.want(pod { $0.readinessProbe = Self.httpGet("/ready") })
            try await kubelet.waitForPhase(.running)
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/ready")
            try await kubelet.events.wait { $0.contains { $0.reason == "Unhealthy" } }
            #expect(kubelet.container?.ready == false)
            #expect(
                kubelet.events.all.first { $0.reason == "Unhealthy" }?.message
                    == "Readiness probe failed: HTTP probe failed with statuscode: 503")

            kubelet.probes.answer("GET", ProbeOutcome(.success))
            try await kubelet.passPeriod()
            try await kubelet.waitForStatuses { $0.first?.isReady == true }

            kubelet.probes.answer("GET", refusal)
            try await kubelet.passPeriod()
            try await kubelet.waitForStatuses { $0.first?.isReady == false }
            #expect(kubelet.runtime.state.count(of: .stopContainer) == 0)
        }
    }

    @Test func aContainerThatFailsItsLivenessProbeIsRestarted() async throws {
        let kubelet = try TestKubelet()
        let pod = pod {
            $0.livenessProbe = Self.httpGet("/live", failures: 2)
            $0.livenessProbe?.terminationGracePeriodSeconds = 4
        }
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/live")
            kubelet.probes.answer("GET", refusal)
            try await kubelet.passPeriod()
            try await kubelet.probes.wait(for: "GET", times: 2)
            #expect(kubelet.runtime.state.count(of: .stopContainer) == 0)
            try await kubelet.passPeriod()
            try await kubelet.waitForRun(attempt: 1)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [4]])
            let killing = kubelet.events.all.first { $0.reason == "Killing" }
            #expect(killing?.message == "Container web failed liveness probe, will be restarted")
        }
    }

    /// A pull that takes for ever must not keep a dead container alive.
    @Test func aFailedProbeIsHeededWhateverElseIsBeingDone() async throws {
        let kubelet = try TestKubelet()
        var pod = pod { $0.livenessProbe = Self.httpGet("/live") }
        pod.spec.containers.append(.sample("side"))
        pod.spec.containers[1].imagePullPolicy = .always
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForStatuses { $0.first?.isReady == true }
            try await kubelet.probes.wait(for: "GET")
            kubelet.runtime.hold(.pullImage)
            kubelet.runtime.exit("side", code: 1)
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 2 }
            kubelet.probes.answer("GET", refusal)
            try await kubelet.passPeriod()
            try await kubelet.runtime.wait { $0.gracePeriods["web"] == [30] }
            #expect(kubelet.runtime.state.container(named: "side")?.state == .exited, "its image is still awaited")
        }
    }

    @Test func othersWaitForTheStartupProbe() async throws {
        let kubelet = try TestKubelet()
        kubelet.probes.answer("GET http://10.88.0.2:80/start", refusal)
        try await kubelet.run {
            kubelet.want(
                pod {
                    $0.startupProbe = Self.httpGet("/start", failures: 30)
                    $0.readinessProbe = Self.httpGet("/ready")
                    $0.livenessProbe = Self.httpGet("/live")
                })
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/start")
            try await kubelet.passPeriod()
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/start", times: 2)
            #expect(kubelet.container?.started == false)
            #expect(kubelet.probes.count(of: "GET http://10.88.0.2:80/ready") == 0)
            kubelet.probes.answer("GET http://10.88.0.2:80/start", ProbeOutcome(.success))
            try await kubelet.passPeriod()
            try await kubelet.waitForStatuses { $0.first?.isReady == true }
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/live")
            #expect(kubelet.container?.started == true)
            #expect(kubelet.probes.count(of: "GET http://10.88.0.2:80/start") == 3)
        }
    }

    @Test(arguments: [RestartPolicy.always, .never])
    func aContainerThatNeverStartsUpIsEnded(_ policy: RestartPolicy) async throws {
        let kubelet = try TestKubelet()
        kubelet.probes.answer("GET", refusal)
        var pod = pod { $0.startupProbe = Self.httpGet("/start") }
        pod.spec.restartPolicy = policy
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            if policy == .always {
                try await kubelet.waitForRun(attempt: 1)
            } else {
                try await kubelet.waitForPhase(.failed)
                #expect(kubelet.runtime.state.count(of: .startContainer) == 1)
            }
        }
    }

    @Test func probesOfOtherKindsAreMade() async throws {
        let runtime = FakeRuntime(
            images: ["busybox:latest"],
            execHandler: { _, _ in ExecResult(stdout: Array("not yet".utf8), stderr: [], exitCode: 1) },
            clock: { .testStart })
        let kubelet = try TestKubelet(runtime: runtime)
        try await kubelet.run {
            kubelet.want(
                pod {
                    $0.ports = [ContainerPort(named: "sql", 5432)]
                    $0.readinessProbe = Self.exec("test", "-e", "/ready")
                    $0.livenessProbe = Self.httpGet("")
                    $0.livenessProbe?.httpGet = nil
                    $0.livenessProbe?.tcpSocket = TCPSocketAction()
                    $0.livenessProbe?.tcpSocket?.port = "sql"
                })
            try await kubelet.probes.wait(for: "connect 10.88.0.2 5432")
            try await kubelet.events.wait { $0.contains { $0.reason == "Unhealthy" } }
            #expect(kubelet.events.all.first { $0.reason == "Unhealthy" }?.message == "Readiness probe failed: not yet")
        }
    }

    @Test func anEditOfAProbeTakesEffectWithoutARestart() async throws {
        let kubelet = try TestKubelet()
        let pod = pod { $0.readinessProbe = Self.httpGet("/old") }
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForStatuses { $0.first?.isReady == true }
            kubelet.probes.answer("GET http://10.88.0.2:80/new", refusal)
            kubelet.want(pod.edited { $0.spec.containers[0].readinessProbe = Self.httpGet("/new") })
            try await kubelet.waitForStatuses { $0.first?.isReady == false }
            kubelet.want(pod.edited(3) { $0.spec.containers[0].readinessProbe = nil })
            try await kubelet.waitForStatuses { $0.first?.isReady == true }
            #expect(kubelet.runtime.state.count(of: .startContainer) == 1)
            let asked = kubelet.probes.asked.count
            #expect(!kubelet.clock.sleepers.contains(.testStart.adding(seconds: 13)))
            #expect(kubelet.probes.asked.count == asked)
        }
    }

    @Test func aRestartOfTheKubeletTakesNoContainerFromItsClients() async throws {
        let first = try TestKubelet()
        let pod = pod { $0.readinessProbe = Self.httpGet("/ready") }
        try await first.run {
            first.want(pod)
            try await first.waitForStatuses { $0.first?.isReady == true }
        }
        first.clock.advance(by: .seconds(33))
        let second = try first.startedAgain()
        try await second.run {
            second.want(pod)
            try await second.waitForStatuses { !$0.isEmpty }
            #expect(second.statuses.pods().first?.isReady == true)
            try await second.probes.wait(for: "GET http://10.88.0.2:80/ready")
        }
    }

    @Test func readinessIsAskedForToTheEndAndLivenessIsNot() async throws {
        let kubelet = try TestKubelet()
        let pod = pod {
            $0.readinessProbe = Self.httpGet("/ready")
            $0.livenessProbe = Self.httpGet("/live")
        }
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForStatuses { $0.first?.isReady == true }
            try await kubelet.probes.wait(for: "GET http://10.88.0.2:80/live")
            kubelet.runtime.hold(.stopContainer)
            kubelet.want()
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            kubelet.probes.answer("GET", refusal)
            try await kubelet.passPeriod()
            try await kubelet.waitForStatuses { $0.first?.isReady == false }
            #expect(kubelet.probes.count(of: "GET http://10.88.0.2:80/live") == 1)
            kubelet.runtime.release(.stopContainer)
            try await kubelet.waitForStatuses(\.isEmpty)
        }
    }

    @Test func aPodThatRunsTooLongFails() async throws {
        let kubelet = try TestKubelet()
        var pod = Pod.sample()
        pod.spec.activeDeadlineSeconds = 60
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForPhase(.running)
            try await kubelet.clock.waitForSleep(of: .seconds(60))
            kubelet.clock.advance(by: .seconds(60))
            try await kubelet.waitForPhase(.failed)
            let status = try #require(kubelet.statuses.pods().first?.status)
            #expect(status.reason == "DeadlineExceeded")
            try await kubelet.runtime.wait { $0.container(named: "web")?.state == .exited }
            #expect(kubelet.runtime.state.count(of: .startContainer) == 1)
        }
    }
}

extension TestKubelet {
    fileprivate var container: ContainerStatus? { statuses.pods().first?.status.containerStatuses.first }

    /// Lets a period of the probes pass, when that many of them wait for its end. Nobody else waits for that moment.
    func passPeriod(of probes: Int = 1) async throws {
        let due = clock.now().adding(seconds: 13)
        try await clock.wait { $0.count { $0 == due } >= probes }
        clock.advance(by: .seconds(13))
    }
}

extension Pod {
    fileprivate var isReady: Bool {
        status.conditions.contains { $0.type == .ready && $0.status == .true }
    }
}

extension ContainerPort {
    fileprivate init(named name: String, _ port: Int32) {
        self.init()
        self.name = name
        containerPort = port
    }
}
