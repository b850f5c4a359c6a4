import Synchronization
import TestSupport
import Testing

@testable import Kubelet

@Suite(.timeLimit(.minutes(1)))
struct HeapReliefTests {
    private final class Releases: Sendable {
        let count = Mutex(0)
        let bell = WakeSignal()
    }

    @Test func memoryIsReleasedOnceAfterABurst() async throws {
        let clock = ManualClock()
        let releases = Releases()
        let relief = HeapRelief(clock: clock) {
            releases.count.withLock { $0 += 1 }
            releases.bell.ring()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await relief.run() }
            for _ in 0..<100 { relief.noteWork() }
            try? await clock.waitForSleep(of: .seconds(10))
            #expect(releases.count.withLock { $0 } == 0, "not in the middle of it")
            clock.advance(by: .seconds(10))
            await releases.bell.wait()
            #expect(releases.count.withLock { $0 } == 1)
            group.cancelAll()
        }
    }
}
