import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// Who ends when, as the machine shuts down.
struct ShutdownPlanTests {
    private func pod(_ name: String, _ priority: Int32?, grace: Int64 = 30) -> Pod {
        var pod = Pod.sample(name)
        pod.spec.priority = priority
        pod.spec.terminationGracePeriodSeconds = grace
        return pod
    }

    private func order(_ plan: ShutdownPlan?, _ pods: [Pod]) -> [String]? {
        plan?.groups(of: pods).map { group in
            "\(group.seconds): "
                + group.pods.map { "\($0.metadata.name) \(group.gracePeriod(of: $0))" }.joined(separator: ", ")
        }
    }

    @Test func criticalPodsHaveTheLastPartOfThePeriod() {
        let plan = ShutdownPlan(period: .seconds(30), criticalPeriod: .seconds(10), byPriority: [])
        #expect(plan?.total == .seconds(30))
        #expect(
            order(
                plan,
                [
                    pod("system", 2_000_001_000, grace: 4), pod("plain", nil), pod("low", -5, grace: 5),
                    pod("high", 1_000_000),
                ]) == ["20: plain 20, low 5, high 20", "10: system 4"])
    }

    @Test func stepsMayBeGivenOneByOne() {
        let steps = [(100, 7), (0, 5), (1000, 3)].map { ShutdownPlan.Step(priority: $0.0, seconds: $0.1) }
        let plan = ShutdownPlan(period: .zero, criticalPeriod: .zero, byPriority: steps)
        #expect(plan?.total == .seconds(15))
        #expect(
            order(plan, [pod("a", 99), pod("b", 100), pod("c", 5000), pod("d", -1)]) == [
                "5: a 5, d 5", "7: b 7", "3: c 3",
            ])
    }

    @Test func withoutAPeriodNothingWaits() {
        #expect(ShutdownPlan(period: .zero, criticalPeriod: .zero, byPriority: []) == nil)
    }
}
