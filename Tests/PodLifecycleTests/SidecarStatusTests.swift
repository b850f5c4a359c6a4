import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// What a pod with a sidecar `proxy` before `web` shows.
struct SidecarStatusTests {
    private func pod(_ policy: RestartPolicy = .always, change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample(initContainers: ["proxy"], restartPolicy: policy)
        pod.spec.initContainers[0].restartPolicy = .always
        change(&pod)
        return pod
    }

    private func shown(_ status: PodStatus) -> [String] {
        [status.phase.rawValue] + (status.initContainerStatuses + status.containerStatuses).map(\.inWords)
    }

    @Test(
        arguments: [
            ([.sample("proxy")], ["Pending", "proxy runs, ready", "web waits: PodInitializing"]),
            ([.sample("proxy"), .sample()], ["Running", "proxy runs, ready", "web runs, ready"]),
            (
                [.sample("proxy", .exited, exitCode: 2), .sample()],
                ["Running", "proxy ended 2: Error", "web runs, ready"]
            ),
            (
                [.sample("proxy"), .sample(.exited, exitCode: 1)],
                ["Running", "proxy runs, ready", "web ended 1: Error"]
            ),
            (
                [.sample("proxy", .exited, exitCode: 137), .sample(.exited)],
                ["Succeeded", "proxy ended 137: Error", "web ended 0: Completed"]
            ),
        ] as [([RuntimeContainer], [String])])
    func phaseIsThatOfTheContainers(_ containers: [RuntimeContainer], _ expected: [String]) {
        let policy: RestartPolicy = expected[0] == "Succeeded" ? .never : .always
        let pod = pod(policy)
        let builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: containers))
        #expect(shown(builder.status()) == expected)
    }

    @Test(arguments: [(.running, .running), (.exited, .succeeded)] as [(RuntimeContainer.State, PodPhase)])
    func aPodHasNotEndedBeforeItsSidecars(_ state: RuntimeContainer.State, expected: PodPhase) {
        let pod = pod(.never)
        let builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: [.sample("proxy", state), .sample(.exited)]))
        #expect(builder.status().phase == expected)
    }

    @Test func oneThatHasNotStartedIsIncompleteAndUnready() throws {
        let pod = pod { $0.spec.initContainers[0].startupProbe = Probe() }
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: [.sample("proxy")]))
        let status = builder.status()
        #expect(status.initContainerStatuses[0].started == false)
        #expect(status.condition(.initialized)?.message == "containers with incomplete status: [proxy]")
        #expect(status.condition(.ready)?.message == "containers with unready status: [proxy web]")

        var health = ContainerHealth(of: pod.spec.initContainers[0])
        health.note(.startup, isSuccess: true, of: pod.spec.initContainers[0])
        builder.health = [ContainerID("proxy-0"): health]
        #expect(builder.status().condition(.initialized)?.status == .true)
        #expect(builder.status().initContainerStatuses[0].started == true)
    }

    @Test func aPodIsReadyOnlyWithItsSidecars() {
        let pod = pod { $0.spec.initContainers[0].readinessProbe = Probe() }
        let builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: [.sample("proxy"), .sample()]))
        let status = builder.status()
        #expect(status.condition(.ready)?.message == "containers with unready status: [proxy]")
        #expect(status.condition(.initialized)?.status == .true)
    }

    @Test func aContainerWithItsOwnPolicyDecidesThePhase() {
        let pod = pod(.never) { $0.spec.containers[0].restartPolicy = .onFailure }
        let proxy = RuntimeContainer.sample("proxy", .exited)
        let failed = PodRuntimeState.sample(of: pod, containers: [proxy, .sample(.exited, exitCode: 1)])
        #expect(PodStatusBuilder.sample(pod, runtime: failed).status().phase == .running)
        let ended = PodRuntimeState.sample(of: pod, containers: [proxy, .sample(.exited)])
        #expect(PodStatusBuilder.sample(pod, runtime: ended).status().phase == .succeeded)
    }

    @Test func startingOverIsShown() throws {
        let pod = pod {
            $0.spec.containers[0].restartPolicy = .never
            $0.spec.containers[0].restartPolicyRules = [.rule(.restartAllContainers, .isIn, 42)]
        }
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: [.sample("proxy"), .sample(.exited, exitCode: 42)]))
        #expect(builder.status().condition(.allContainersRestarting)?.status == .false)
        builder.startedOver = [ContainerID("proxy-0"), ContainerID("web-0")]
        let condition = try #require(builder.status().condition(.allContainersRestarting))
        #expect(condition.status == .true)
        #expect(condition.reason == "RestartAllContainersStarted")
        builder.runtime = .sample(
            of: pod, containers: [.sample("proxy", .exited, exitCode: 137), .sample(.exited, exitCode: 42)])
        let status = builder.status()
        #expect(status.condition(.allContainersRestarting)?.status == .false)
        #expect(status.condition(.initialized)?.status == .true, "it has been so once")
        #expect(
            shown(status) == [
                "Running", "proxy waits: RestartingAllContainers, last ended 137: Error",
                "web waits: RestartingAllContainers, last ended 42: Error",
            ])
        builder.waiting = ["proxy": WaitingReason("ErrImagePull")]
        builder.runtime = .sample(
            of: pod,
            containers: [
                .sample("proxy", .exited, exitCode: 137), .sample("proxy", attempt: 1), .sample(.exited, exitCode: 42),
            ])
        #expect(shown(builder.status())[1] == "proxy runs, last ended 137: Error, ready, restarts 1")
    }

    @Test func whatHadRunToItsEndIsNotReadyWhileItStartsOver() {
        let pod = pod { $0.spec.initContainers[0].restartPolicy = nil }
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: [.sample("proxy", .exited), .sample(.exited, exitCode: 42)]))
        #expect(shown(builder.status())[1] == "proxy ended 0: Completed, ready")
        builder.startedOver = [ContainerID("proxy-0"), ContainerID("web-0")]
        #expect(shown(builder.status())[1] == "proxy waits: RestartingAllContainers, last ended 0: Completed")
    }

    @Test func startingOverBeforeTheContainersBeganIsNoEndOfInitialization() {
        let pod = pod {
            $0.spec.initContainers.append(.sample("one"))
            $0.spec.initContainers[1].restartPolicy = .never
            $0.spec.initContainers[1].restartPolicyRules = [.rule(.restartAllContainers, .isIn, 42)]
        }
        var builder = PodStatusBuilder.sample(
            pod,
            runtime: .sample(of: pod, containers: [.sample("proxy", .exited), .sample("one", .exited, exitCode: 42)]))
        builder.startedOver = [ContainerID("proxy-0"), ContainerID("one-0")]
        #expect(builder.status().phase == .pending)
        #expect(builder.status().condition(.initialized)?.status == .false)
    }
}
