import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Ended containers that are kept, and those that go with their logs.
@Suite(.timeLimit(.minutes(3))) struct DeadContainerTests {
    private func kubelet(_ policy: DeadContainers.Policy) throws -> TestKubelet {
        var kubelet = try TestKubelet()
        kubelet.deadContainers = policy
        return kubelet
    }

    /// Has the container end so many times, and start again.
    private func restart(_ kubelet: TestKubelet, times: UInt32) async throws {
        for attempt in 0..<times {
            try await kubelet.waitForRun(attempt: attempt)
            kubelet.runtime.exit("web", code: 1)
            if attempt > 0 {
                try await kubelet.waitForReason("CrashLoopBackOff")
                kubelet.clock.advance(by: .seconds(300))
            }
        }
        try await kubelet.waitForRun(attempt: times)
    }

    private static func endedAttempts(_ state: FakeRuntime.State) -> Set<UInt32> {
        Set(state.containers.values.filter { $0.state == .exited }.map(\.attempt))
    }

    @Test(arguments: [(1, [2]), (2, [1, 2]), (0, []), (-1, [0, 1, 2])] as [(Int, Set<UInt32>)])
    func asManyAreKeptAsAskedFor(_ count: Int, _ kept: Set<UInt32>) async throws {
        let kubelet = try kubelet(DeadContainers.Policy(perContainer: count))
        try await kubelet.run {
            kubelet.want(.sample())
            try await restart(kubelet, times: 3)
            try await kubelet.runtime.wait { Self.endedAttempts($0) == kept }
        }
    }

    @Test func aYoungOneGoesWhenItIsOldEnough() async throws {
        let kubelet = try kubelet(DeadContainers.Policy(perContainer: 0, minimumAge: .seconds(1000)))
        try await kubelet.run {
            kubelet.want(.sample())
            try await restart(kubelet, times: 1)
            try await kubelet.clock.waitForSleep(of: .seconds(1000))
            #expect(Self.endedAttempts(kubelet.runtime.state) == [0])
            kubelet.clock.advance(by: .seconds(1000))
            try await kubelet.runtime.wait { Self.endedAttempts($0) == [] }
        }
    }
}
