import KubernetesAPI
import TestSupport
import Testing

@testable import ContainerLogs

@Suite struct LogGrowthTests {
    private static let start = Timestamp.testStart

    private func at(_ seconds: Double) -> Timestamp { Self.start.adding(.seconds(seconds)) }

    private func growth() -> LogGrowth { LogGrowth(limit: 1000, interval: .seconds(10), now: Self.start) }

    @Test func aLogThatNobodyWritesToIsLeftAlone() {
        var growth = growth()
        #expect(growth.begin(size: 0, at: at(0)) == .awaitWrite)
        var long = self.growth()
        #expect(long.begin(size: 999, at: at(0)) == .awaitWrite)
    }

    @Test func aLogThatIsTooLongAtTheBeginningIsRotated() {
        var growth = growth()
        #expect(growth.begin(size: 1000, at: at(0)) == .rotate)
    }

    @Test func oneLineNowAndThenTakesOneLookEach() {
        var growth = growth()
        _ = growth.begin(size: 0, at: at(0))
        for moment in [100.0, 200, 300] {
            #expect(growth.written(size: 10, at: at(moment)) == .look(at: at(moment + 1)))
            #expect(growth.looked(size: 10, at: at(moment + 1)) == .awaitWrite)
        }
    }

    @Test func aLogWithALineEachTwoSecondsIsLookedAtEachInterval() {
        var growth = growth()
        _ = growth.begin(size: 0, at: at(0))
        _ = growth.written(size: 1, at: at(100))
        #expect(growth.looked(size: 1, at: at(101)) == .awaitWrite)
        // The rest was short: it is no lone write.
        _ = growth.written(size: 2, at: at(102))
        #expect(growth.looked(size: 2, at: at(103)) == .look(at: at(112)))
        #expect(growth.looked(size: 6, at: at(112)) == .look(at: at(122)))
        #expect(growth.looked(size: 11, at: at(122)) == .look(at: at(132)))
        // Nothing came for an interval.
        #expect(growth.looked(size: 11, at: at(132)) == .awaitWrite)
    }

    @Test func theLookComesWhenTheLimitIsReachedAtThePace() {
        var growth = growth()
        _ = growth.begin(size: 0, at: at(0))
        #expect(growth.written(size: 100, at: at(20)) == .look(at: at(21)))
        // 300 a second: 600 more are there in two.
        #expect(growth.looked(size: 400, at: at(21)) == .look(at: at(23)))
        #expect(growth.looked(size: 1000, at: at(23)) == .rotate)
        // The new file takes as long as it takes at that pace.
        #expect(growth.rotated(at: at(23)) == .look(at: at(23 + 1000.0 / 300)))
    }

    @Test func theFastestLogIsLookedAtEachSecond() {
        var growth = growth()
        _ = growth.begin(size: 0, at: at(0))
        _ = growth.written(size: 0, at: at(20))
        #expect(growth.looked(size: 990, at: at(21)) == .look(at: at(22)))
        #expect(growth.looked(size: 100_000, at: at(22)) == .rotate)
        #expect(growth.rotated(at: at(22)) == .look(at: at(23)))
    }

    @Test func aBurstThatEndsIsLookedAtOnceMore() {
        var growth = growth()
        _ = growth.begin(size: 0, at: at(0))
        _ = growth.written(size: 0, at: at(20))
        #expect(growth.looked(size: 125, at: at(21)) == .look(at: at(28)))
        #expect(growth.looked(size: 125, at: at(28)) == .look(at: at(31)))
        #expect(growth.looked(size: 125, at: at(31)) == .awaitWrite)
    }

    @Test func aTruncatedLogIsWrittenToAgain() {
        var growth = growth()
        _ = growth.begin(size: 500, at: at(0))
        #expect(growth.written(size: 0, at: at(20)) == .look(at: at(21)))
        #expect(growth.looked(size: 10, at: at(21)) == .look(at: at(31)))
    }

    @Test func anEmptyLogIsNeverRotated() {
        var growth = LogGrowth(limit: 0, interval: .seconds(10), now: at(0))
        #expect(growth.begin(size: 0, at: at(0)) == .awaitWrite)
        #expect(growth.written(size: 1, at: at(5)) == .rotate)
    }

    @Test func whatFailsIsTriedAgainAfterAnInterval() {
        var growth = growth()
        _ = growth.begin(size: 1000, at: at(0))
        #expect(growth.failed(at: at(1)) == .look(at: at(11)))
        #expect(growth.looked(size: 1200, at: at(11)) == .rotate)
    }
}
