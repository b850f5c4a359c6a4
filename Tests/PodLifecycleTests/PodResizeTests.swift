import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

/// Changes of amounts of CPU and memory: what they are, and what is told of them.
struct PodResizeTests {
    private static func pod(_ change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample(containers: ["web", "side"])
        pod.spec.containers[0].resources.requests = ["cpu": "100m", "memory": "1Mi"]
        pod.spec.containers[0].resources.limits = ["cpu": "200m"]
        change(&pod)
        return pod
    }

    // MARK: Versions

    struct Edit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isResize: Bool
        var change: @Sendable (inout Pod) -> Void

        init(_ description: String, isResize: Bool, _ change: @escaping @Sendable (inout Pod) -> Void) {
            testDescription = description
            self.isResize = isResize
            self.change = change
        }
    }

    static let edits = [
        Edit("nothing", isResize: false) { _ in },
        Edit("another notation", isResize: false) { $0.spec.containers[0].resources.requests["cpu"] = "0.1" },
        Edit("labels", isResize: false) { $0.metadata.labels["a"] = "b" },
        Edit("another resource", isResize: false) {
            $0.spec.containers[0].resources.limits["ephemeral-storage"] = "1Gi"
        },
        Edit("a new container", isResize: false) { $0.spec.containers.append(.sample("third")) },
        Edit("a request", isResize: true) { $0.spec.containers[0].resources.requests["memory"] = "2Mi" },
        Edit("a limit", isResize: true) { $0.spec.containers[0].resources.limits["cpu"] = "300m" },
        Edit("a limit that comes", isResize: true) { $0.spec.containers[1].resources.limits["cpu"] = "300m" },
        Edit("amounts of the pod", isResize: true) {
            $0.spec.resources = ResourceRequirements()
            $0.spec.resources?.limits = ["cpu": "1"]
        },
    ]

    @Test(arguments: edits) func amountsAreOthers(_ edit: Edit) {
        let changed = Self.pod(edit.change)
        #expect(changed.hasOtherAmounts(than: Self.pod()) == edit.isResize)
        #expect(!changed.withAmounts(of: Self.pod()).hasOtherAmounts(than: Self.pod()))
    }

    @Test func aVersionWithTheAmountsOfAnotherIsItselfOtherwise() {
        let wanted = Self.pod { pod in
            pod.spec.containers[0].image = "other"
            pod.spec.containers[0].resources.limits["cpu"] = "2"
            pod.metadata.generation = 3
        }
        let mixed = wanted.withAmounts(of: Self.pod())
        #expect(mixed.spec.containers[0].image == "other")
        #expect(mixed.metadata.generation == 3)
        #expect(mixed.spec.containers[0].resources == Self.pod().spec.containers[0].resources)
    }

    @Test func whatAnAssignedContainerWasToldOfAmountsIsNoReasonToRestartIt() {
        func pod(cpu: Quantity, source: String) -> Pod {
            var variable = EnvVar()
            variable.name = "CPU"
            variable.valueFrom = EnvVarSource()
            variable.valueFrom?.resourceFieldRef = ResourceFieldSelector()
            variable.valueFrom?.resourceFieldRef?.resource = "limits.cpu"
            return Self.pod { pod in
                pod.metadata.annotations[ConfigAnnotations.source] = source
                pod.spec.containers[0].env = [variable]
                pod.spec.containers[0].resources.limits["cpu"] = cpu
            }
        }
        func revisions(_ source: String) -> [ContainerRevision?] {
            ["1", "2"].map { ContainerRevision.all(of: pod(cpu: $0, source: source))["web"] }
        }
        #expect(revisions("api")[0] == revisions("api")[1])
        #expect(revisions("file")[0] != revisions("file")[1], "a manifest is written anew, and so is its environment")
    }

    // MARK: Decisions

    @Test func anInitContainerThatRunsIsResizedToo() {
        var pod = Pod.sample(initContainers: ["init"])
        pod.spec.initContainers[0].resources.requests = ["cpu": "100m"]
        var container = RuntimeContainer.sample("init")
        container.annotations[RuntimeLabels.containerRevision] = PodTarget(pod).revision(of: "init")?.rawValue
        container.annotations[RuntimeLabels.containerAmounts] =
            ContainerAmounts(of: pod.spec.initContainers[0], in: pod.spec).rawValue
        func resizes(_ pod: Pod) -> [ContainerID] {
            PodActions.decide(
                PodTarget(pod), runtime: .sample(of: pod, containers: [container]), backOff: BackOff(), now: .testStart
            ).resizes
        }
        #expect(resizes(pod).isEmpty)
        pod.spec.initContainers[0].resources.requests = ["cpu": "200m"]
        #expect(resizes(pod) == [container.id])
    }

    @Test(
        arguments: [
            (["cpu": "1900m", "memory": "1Gi"], nil),
            (["cpu": "2001m"], "Node didn't have enough capacity: cpu, requested: 2001, capacity: 2000"),
            (
                ["cpu": "3", "memory": "2Gi"],
                "Node didn't have enough capacity: memory, requested: 2147483648, capacity: 1073741824"
            ),
        ] as [(ResourceList, String?)])
    func moreThanTheNodeHasIsNeverToBeHad(_ requests: ResourceList, _ expected: String?) {
        var room = NodeRoom(maxPods: 10, allocatable: ["cpu": 2000, "memory": 1 << 30])
        var pod = Pod.sample()
        // What others have doesn't matter.
        pod.spec.containers[0].resources.requests = ["cpu": "2"]
        #expect(room.admit(PodClaim(of: pod), for: pod.fullName) == nil)
        var other = Pod.sample("other")
        other.spec.containers[0].resources.requests = requests
        #expect(room.shortcoming(of: PodClaim(of: other)) == expected)
    }

    private static let mebi: Int64 = 1 << 20

    @Test(
        arguments: [
            ([change(.pod, from: 4, to: 2, using: 2)], nil),
            ([change(.pod, from: 2, to: 3, using: 5)], nil),
            ([change(.pod, from: nil, to: 2, using: nil)], nil),
            ([change(.pod, from: 4, to: nil, using: 9)], nil),
            (
                [change(.pod, from: nil, to: 2, using: 3)],
                "attempting to set pod memory limit (2097152) below current usage (3145728)"
            ),
            (
                [change(.pod, from: 4, to: 2, using: 1), change(.container("web"), from: 4, to: 2, using: 3)],
                "attempting to set container \"web\" memory limit (2097152) below current usage (3145728)"
            ),
            (
                [change(.pod, from: 4, to: 2, using: 3), change(.container("web"), from: 4, to: 2, using: 3)],
                "[attempting to set pod memory limit (2097152) below current usage (3145728), "
                    + "attempting to set container \"web\" memory limit (2097152) below current usage (3145728)]"
            ),
        ] as [([MemoryLimitChange], String?)])
    func aLimitBelowWhatIsInUseIsRefused(_ changes: [MemoryLimitChange], _ expected: String?) {
        #expect(MemoryInUse(changes)?.description == expected.map { "cannot decrease memory limits: \($0)" })
    }

    /// A change in mebibytes.
    private static func change(
        _ owner: MemoryLimitChange.Owner, from present: Int64?, to wanted: Int64?, using usage: Int64?
    ) -> MemoryLimitChange {
        MemoryLimitChange(
            of: owner, from: present.map { $0 * mebi }, to: wanted.map { $0 * mebi }, usage: usage.map { $0 * mebi })
    }

    // MARK: What is told

    @Test func eventsTellTheAmounts() {
        let summary =
            #""containers":[{"name":"web","resources":{"limits":{"cpu":"200m"},"#
            + #""requests":{"cpu":"100m","memory":"1Mi"}}},{"name":"side","resources":{}}],"generation":2"#
        func message(_ event: ResizeEvent) -> String { event.message(of: Self.pod(), generation: 2) }
        #expect(message(.started) == "Pod resize started: {\(summary)}")
        #expect(message(.completed) == "Pod resize completed: {\(summary)}")
        #expect(message(.failed("no")) == "Pod resize error: {\(summary),\"error\":\"no\"}")
        let waiting = ResizeEvent.waiting(ResizeRefusal(.infeasible, "too much"))
        #expect(message(waiting) == "Pod resize Infeasible: {\(summary),\"error\":\"too much\"}")
        #expect(waiting.reason == "ResizeInfeasible")
        #expect(waiting.type == .warning)
        #expect(ResizeEvent.completed.type == .normal)
    }

    @Test func onlyWhatIsNewIsNews() {
        var progress = ResizeProgress()
        let waits = [
            progress.wait(ResizeRefusal(.deferred, "used: 1"), generation: 2),
            progress.wait(ResizeRefusal(.deferred, "used: 2"), generation: 2),
            progress.wait(ResizeRefusal(.infeasible, "used: 2"), generation: 2),
            progress.wait(ResizeRefusal(.infeasible, "used: 3"), generation: 3),
        ]
        #expect(waits == [true, false, true, true])
        #expect(progress.pending?.refusal.message == "used: 3")
        var failures = [progress.fail("nothing is under way")]
        progress.begin(generation: 3)
        failures += [progress.fail("one"), progress.fail("two")]
        #expect(failures == [false, true, false])
        #expect(progress.underWay?.problem == "two")
        progress.begin(generation: 4)
        #expect(progress.underWay?.problem == nil)
        let completed = [progress.complete(), progress.complete()]
        #expect(completed == [4, nil])
    }

    private func builder(_ pod: Pod, _ change: (inout PodStatusBuilder) -> Void) -> PodStatusBuilder {
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: pod.spec.containers.map { .sample($0.name) }))
        change(&builder)
        return builder
    }

    @Test func conditionsTellWhatWaitsAndWhatIsUnderWay() throws {
        let quiet = builder(Self.pod()) { _ in }.status()
        #expect(quiet.condition(.podResizePending) == nil)
        #expect(quiet.condition(.podResizeInProgress) == nil)
        var builder = builder(Self.pod()) { builder in
            builder.resize.begin(generation: 2)
            _ = builder.resize.wait(ResizeRefusal(.deferred, "no room"), generation: 3)
        }
        let status = builder.status()
        let pending = try #require(status.condition(.podResizePending))
        #expect((pending.status, pending.reason, pending.message) == (.true, "Deferred", "no room"))
        #expect(pending.observedGeneration == 3)
        let underWay = try #require(status.condition(.podResizeInProgress))
        #expect((underWay.status, underWay.reason, underWay.message) == (.true, "", ""))
        #expect(underWay.observedGeneration == 2)

        builder.previous = status
        builder.now = builder.now.adding(seconds: 5)
        _ = builder.resize.fail("in use")
        let failed = try #require(builder.status().condition(.podResizeInProgress))
        #expect((failed.reason, failed.message) == ("Error", "in use"))
        #expect(failed.lastTransitionTime == underWay.lastTransitionTime, "it is under way as before")
    }

    @Test func aPodThatHasEndedIsNotResized() {
        var pod = Self.pod()
        pod.spec.restartPolicy = .never
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: pod.spec.containers.map { .sample($0.name, .exited) }))
        builder.resize.begin(generation: 2)
        #expect(builder.status().phase == .succeeded)
        #expect(builder.status().condition(.podResizeInProgress) == nil)
    }

    @Test func whatAllOfAPodHasIsShown() {
        let shared = builder(Self.pod()) { _ in }.status()
        #expect(shared.allocatedResources == ["cpu": "100m", "memory": "1Mi"], "the sum of its containers'")
        #expect(shared.resources == nil)
        let pod = Self.pod { pod in
            pod.spec.resources = ResourceRequirements()
            pod.spec.resources?.requests = ["cpu": "1"]
            pod.spec.resources?.limits = ["cpu": "2", "memory": "64Mi"]
        }
        let own = builder(pod) { _ in }.status()
        #expect(own.allocatedResources == ["cpu": "1", "memory": "1Mi"])
        #expect(own.resources == pod.spec.resources)
        let found = builder(pod) { builder in
            builder.podAmounts = RuntimeAmounts(
                cpuPeriod: 100_000, cpuQuota: 150_000, cpuShares: 512, memoryLimitBytes: 32 << 20)
        }.status()
        #expect(found.resources?.limits == ["cpu": "1500m", "memory": "32Mi"])
        #expect(found.resources?.requests == ["cpu": "500m"])
        let rejected = builder(pod) { $0.rejection = AdmissionRejection(reason: "OutOfcpu", message: "") }.status()
        #expect(rejected.allocatedResources.isEmpty)
        #expect(rejected.resources == nil)
    }
}
