import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// Mirrors on an API server that does not always want them.
@Suite(.timeLimit(.minutes(3)))
struct APIPodKeeperTests {
    private let api = FakeNodeAPI()
    private let clock = ManualClock()
    private let log = RecordedLog()
    private let statuses = PodStatuses(hostAddresses: ["192.0.2.10"], runtimeName: "containerd")
    private let pod = Pod.sample()

    private func run(_ body: @Sendable () async throws -> Void) async throws {
        let keeper = APIPodKeeper(api: api, nodeName: "node", statuses: statuses, clock: clock, logger: log.logger)
        await keeper.nodeRegistered(uid: "node-uid")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await keeper.run() }
            defer { group.cancelAll() }
            statuses.announce(pod)
            publish()
            statuses.noteAllPodsAreKnown()
            try await body()
        }
    }

    private func publish(_ containers: [RuntimeContainer] = []) {
        statuses.publish(pod, .sample(of: pod, containers: containers), PodStatuses.Situation(), now: clock.now())
    }

    /// What `/pods` says of the mirror.
    private var problem: String? {
        statuses.pods(withMirrorProblems: true).first?.status.conditions
            .first { $0.type == "swiftlet.dev/MirrorPod" }?.message
    }

    @Test func theMirrorIsPostedAndFollowsTheStatus() async throws {
        try await run {
            try await api.wait { $0.pods[pod.fullName]?.status.phase == .pending }
            publish([.sample()])
            try await api.wait { $0.pods[pod.fullName]?.status.phase == .running }
            #expect(problem == nil)
        }
    }

    /// - Parameter code: how the API server refuses.
    @Test(arguments: [.notFound, .forbidden, .invalid, .alreadyExists] as [NodeAPIError.Code])
    func aRefusalIsSaidOnceAndShownUntilTheMirrorIsThere(_ code: NodeAPIError.Code) async throws {
        api.update { $0.refusals[pod.fullName] = NodeAPIError(code, "not here") }
        try await run {
            for delay in [1, 2, 4, 8, 10, 10] {
                try await clock.waitForSleep(of: .seconds(delay))
                #expect(problem == "not here")
                clock.advance(by: .seconds(delay))
            }
            #expect(log.problems.map(\.message) == ["cannot bring a pod at the API server up to date"])
            let pods = statuses.pods()
            #expect(
                pods.first?.status.conditions.contains { $0.type == "swiftlet.dev/MirrorPod" } == false,
                "the mirror itself cannot show it")
            try await clock.waitForSleep(of: .seconds(10))
            api.update { $0.refusals = [:] }
            clock.advance(by: .seconds(10))
            try await api.wait { $0.pods[pod.fullName] != nil }
            while problem != nil { await Task.yield() }
        }
    }

    @Test func aPodOfSomebodyElsesIsLeftAloneUntilItGoes() async throws {
        var other = pod
        other.metadata.uid = "somebody's"
        other.metadata.annotations = [:]
        api.put(other)
        try await run {
            try await log.wait { $0.contains { $0.message == "cannot bring a pod at the API server up to date" } }
            #expect(api.pods[pod.fullName]?.metadata.uid == "somebody's")
            while problem == nil { await Task.yield() }
            #expect(problem?.contains("is no mirror") == true)
            api.remove(pod.fullName)
            try await clock.waitForSleep(of: .milliseconds(500))
            clock.advance(by: .milliseconds(500))
            try await api.wait { $0.pods[pod.fullName]?.isMirror == true }
        }
    }

    @Test func aMirrorThatSomebodyDeletesComesBackAfterAPause() async throws {
        try await run {
            try await api.wait { $0.pods[pod.fullName]?.status.phase == .pending }
            let uid = api.pods[pod.fullName]?.metadata.uid
            api.remove(pod.fullName)
            try await clock.waitForSleep(of: .milliseconds(500))
            clock.advance(by: .milliseconds(500))
            try await api.wait { $0.pods[pod.fullName] != nil }
            #expect(api.pods[pod.fullName]?.metadata.uid != uid)
        }
    }

    @Test func onlyWhatChangedIsLookedAt() async throws {
        let others = (0..<50).map { Pod.sample("other-\($0)", uid: "other-\($0)") }
        for other in others {
            statuses.announce(other)
            statuses.publish(other, .sample(of: other), PodStatuses.Situation(), now: clock.now())
        }
        try await run {
            try await api.wait { $0.pods.count == 51 && $0.pods.values.allSatisfy { $0.status.phase == .pending } }
            // Taken behind the keeper's back: it would be missed by who looks at everything.
            api.update { $0.pods[others[0].fullName] = nil }
            publish([.sample()])
            try await api.wait { $0.pods[pod.fullName]?.status.phase == .running }
            #expect(api.pods[others[0].fullName] == nil)
        }
    }
}
