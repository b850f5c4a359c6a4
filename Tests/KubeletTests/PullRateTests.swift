import KubernetesAPI
import Testing

@testable import Kubelet

@Suite struct PullRateTests {
    private let start = Timestamp(seconds: 1_000_000)

    /// How many of ten pulls may begin at each of these milliseconds.
    private func begun(perSecond: Int32, burst: Int32, at milliseconds: [Int64]) -> [Int] {
        guard var rate = PullRate(perSecond: perSecond, burst: burst) else { return milliseconds.map { _ in 10 } }
        return milliseconds.map { milliseconds in
            let now = start.adding(.milliseconds(milliseconds))
            return (0..<10).count { _ in rate.take(at: now) }
        }
    }

    @Test func aBurstIsFollowedBySoManyASecond() {
        #expect(begun(perSecond: 2, burst: 5, at: [0, 0, 499, 500, 1000, 2000]) == [5, 0, 0, 1, 1, 2])
    }

    @Test func aPauseBringsNoMoreThanTheBurst() {
        #expect(begun(perSecond: 5, burst: 3, at: [0, 60_000]) == [3, 3])
    }

    @Test func aClockThatIsSetBackBringsNothing() {
        #expect(begun(perSecond: 1, burst: 1, at: [10_000, 0, 999, 1000]) == [1, 0, 0, 1])
    }

    @Test func zeroIsNoLimit() {
        #expect(begun(perSecond: 0, burst: 1, at: [0, 0]) == [10, 10])
    }
}
