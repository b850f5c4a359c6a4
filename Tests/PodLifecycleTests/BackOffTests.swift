import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

struct BackOffTests {
    private let start = Timestamp.testStart

    @Test func firstFailureIsRetriedAtOnce() {
        #expect(BackOff().nextAttempt("web", after: start, now: start) == nil)
        #expect(BackOff().delay("web") == .zero)
    }

    @Test func delaysDoubleToTheMaximum() {
        var backOff = BackOff()
        var now = start
        var delays: [Int64] = []
        for _ in 0..<8 {
            backOff.recordAttempt("web", after: now, now: now)
            let due = backOff.nextAttempt("web", after: now, now: now) ?? now
            delays.append(due.since(now).components.seconds)
            now = due
        }
        #expect(delays == [10, 20, 40, 80, 160, 300, 300, 300])
    }

    @Test func nothingIsDueBeforeTheDelayIsOverAndEverythingAfter() {
        var backOff = BackOff()
        backOff.recordAttempt("web", after: start, now: start)
        let failure = start.adding(seconds: 3)
        let due = failure.adding(seconds: 10)
        #expect(backOff.nextAttempt("web", after: failure, now: due.adding(.nanoseconds(-1))) == due)
        #expect(backOff.nextAttempt("web", after: failure, now: due) == nil)
    }

    /// - Parameters:
    ///   - quiet: seconds from the last attempt to the next failure.
    ///   - delay: what the attempt after that failure is followed by.
    @Test(arguments: [(600, 40), (601, 10), (86_400, 10)] as [(Int64, Int64)])
    func tenQuietMinutesStartTheLadderOver(quiet: Int64, delay: Int64) {
        var backOff = BackOff()
        backOff.recordAttempt("web", after: start, now: start)
        backOff.recordAttempt("web", after: start, now: start)
        let failure = start.adding(seconds: quiet)
        let isQuiet = backOff.nextAttempt("web", after: failure, now: failure) == nil
        #expect(isQuiet == (delay == 10))
        backOff.recordAttempt("web", after: failure, now: failure)
        #expect(backOff.delay("web") == .seconds(delay))
    }

    /// - Parameter quiet: seconds from the last attempt to the next failure.
    @Test(arguments: [(599, 60), (601, 10)] as [(Int64, Int64)])
    func howLongItHasToBeQuietMayBeSaid(quiet: Int64, delay: Int64) {
        var backOff = BackOff(maximum: .seconds(60), resetAfter: .seconds(600))
        for _ in 0..<4 { backOff.recordAttempt("web", after: start, now: start) }
        let failure = start.adding(seconds: quiet)
        backOff.recordAttempt("web", after: failure, now: failure)
        #expect(backOff.delay("web") == .seconds(delay))
    }

    @Test func keysDoNotDisturbEachOther() {
        var backOff = BackOff()
        backOff.recordAttempt("web", after: start, now: start)
        #expect(backOff.nextAttempt("side", after: start, now: start) == nil)
        backOff.recordAttempt("side", after: start, now: start)
        backOff.reset("web")
        #expect(backOff.delay("web") == .zero)
        #expect(backOff.delay("side") == .seconds(10))
    }

    @Test func maximumBelowTheInitialDelayIsRaisedToIt() {
        var backOff = BackOff(initial: .seconds(10), maximum: .seconds(1))
        backOff.recordAttempt("web", after: start, now: start)
        backOff.recordAttempt("web", after: start, now: start)
        #expect(backOff.delay("web") == .seconds(10))
    }
}
