import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Pods that end because the machine shuts down.
@Suite(.timeLimit(.minutes(3)))
struct NodeShutdownTests {
    private final class Notices: ShutdownNotices {
        let hasLetGo = Watched(false)
        private let stream = AsyncStream<ShutdownEvent>.makeStream()

        func events() -> AsyncStream<ShutdownEvent> { stream.stream }
        func letGo() { hasLetGo.update { $0 = true } }
        func tell(_ event: ShutdownEvent) { stream.continuation.yield(event) }
    }

    private let notices = Notices()

    private func kubelet(period: Int64, critical: Int64) throws -> TestKubelet {
        var kubelet = try TestKubelet()
        let plan = ShutdownPlan(period: .seconds(period), criticalPeriod: .seconds(critical), byPriority: [])
        kubelet.shutdown = plan.map { TestKubelet.Shutdown(plan: $0, notices: notices) }
        return kubelet
    }

    @Test func aGroupWithoutTimeIsAskedToEndAndNotWaitedFor() async throws {
        let kubelet = try kubelet(period: 30, critical: 0)
        kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
        try await kubelet.run {
            kubelet.want(Pod.sample().edited { $0.spec.priority = 2_000_001_000 })
            try await kubelet.waitForPhase(.running)
            notices.tell(.begins)
            try await notices.hasLetGo.wait { $0 }
            try await kubelet.runtime.wait { $0.gracePeriods == ["web": [2]] }
        }
    }

    @Test func theNodeTellsOfItAndThePodsDoNot() async throws {
        let kubelet = try kubelet(period: 30, critical: 10)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            notices.tell(.begins)
            try await notices.hasLetGo.wait { $0 }
            notices.tell(.calledOff)
            try await kubelet.events.wait { $0.count { $0.reason == "NodeShutdown" } == 2 }
            let told = kubelet.events.all.filter { $0.target == EventTarget(node: "node") }.map(\.message)
            #expect(
                told == [
                    "Shutdown manager detected shutdown event", "Shutdown manager detected shutdown cancellation",
                ])
            #expect(!kubelet.events.reasons.contains("Terminated"))
        }
    }
}
