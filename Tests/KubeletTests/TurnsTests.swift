import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

@Suite(.timeLimit(.minutes(1)))
struct TurnsTests {
    /// Calls that begin when it is their turn, and end when they are told to.
    private struct Calls {
        let begun = Watched<[String]>([])
        let ends = Watched<Set<String>>([])

        func make(_ name: String, in turns: Turns, as rank: Turns.Rank = .beginning) async throws {
            try await turns.withTurn(rank) {
                begun.update { $0.append(name) }
                try await ends.wait { $0.contains(name) }
            }
        }

        func end(_ name: String) { ends.update { _ = $0.insert(name) } }

        func wait(forBegun names: [String]) async throws { try await begun.wait { $0 == names } }
    }

    @Test func noMoreThanTheLimitRunAndWhatHasBegunGoesFirst() async throws {
        let turns = Turns(limit: 1)
        let calls = Calls()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await calls.make("first", in: turns) }
            try await calls.wait(forBegun: ["first"])
            for (waiting, (name, rank)) in [("second", .beginning), ("third", .beginning), ("urgent", .finishing)]
                .enumerated() as EnumeratedSequence<[(String, Turns.Rank)]>
            {
                tasks.addTask { try await calls.make(name, in: turns, as: rank) }
                while await turns.waiting <= waiting { await Task.yield() }
            }
            #expect(calls.begun.value == ["first"])
            calls.end("first")
            try await calls.wait(forBegun: ["first", "urgent"])
            calls.end("urgent")
            try await calls.wait(forBegun: ["first", "urgent", "second"])
            calls.end("second")
            try await calls.wait(forBegun: ["first", "urgent", "second", "third"])
            calls.end("third")
            try await tasks.waitForAll()
        }
    }

    @Test func aCallThatTakesLongHoldsNobodyUp() async throws {
        let clock = ManualClock()
        let turns = Turns(limit: 1, patience: Turns.Patience(.seconds(5), on: clock))
        let calls = Calls()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await calls.make("stuck", in: turns) }
            try await calls.wait(forBegun: ["stuck"])
            tasks.addTask { try await calls.make("next", in: turns) }
            while await turns.waiting == 0 { await Task.yield() }
            try await clock.waitForSleep(of: .seconds(5))
            clock.advance(by: .seconds(5))
            try await calls.wait(forBegun: ["stuck", "next"])
            calls.end("next")
            calls.end("stuck")
            try await tasks.waitForAll()
        }
        // What was given back twice is there once.
        try await turns.withTurn { #expect(true) }
        #expect(await turns.waiting == 0)
    }

    @Test func whoLeavesTheQueueTakesNoTurn() async throws {
        let turns = Turns(limit: 1)
        let calls = Calls()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await calls.make("first", in: turns) }
            try await calls.wait(forBegun: ["first"])
            let impatient = Task { try await calls.make("impatient", in: turns) }
            while await turns.waiting == 0 { await Task.yield() }
            impatient.cancel()
            await #expect(throws: CancellationError.self) { try await impatient.value }
            tasks.addTask { try await calls.make("last", in: turns) }
            calls.end("first")
            try await calls.wait(forBegun: ["first", "last"])
            calls.end("last")
            try await tasks.waitForAll()
        }
    }
}
