import PodLifecycle
import Testing

extension PodWorkerMachine {
    /// Leads a new machine into a state by events.
    fileprivate static func standing(in state: PodWorkerState) -> PodWorkerMachine {
        var machine = PodWorkerMachine(isUnwanted: false)
        let path: [Event] =
            switch state {
            case .syncing: []
            case .stopping(.completed): [.completed]
            case .stopping(.removed): [.removed]
            case .finished: [.completed, .stopped]
            case .removing: [.removed, .stopped]
            case .ended: [.removed, .stopped, .cleaned]
            }
        for event in path { machine.handle(event) }
        return machine
    }
}

struct PodWorkerMachineTests {
    static let states: [PodWorkerState] = [
        .syncing, .stopping(.completed), .stopping(.removed), .finished, .removing, .ended,
    ]
    static let events: [PodWorkerMachine.Event] = [.changed, .revised, .completed, .removed, .stopped, .cleaned]

    /// Every way between states that there is.
    static let ways: [PodWorkerState: [PodWorkerMachine.Event: PodWorkerState]] = [
        .syncing: [.completed: .stopping(.completed), .removed: .stopping(.removed)],
        .stopping(.completed): [.removed: .stopping(.removed), .stopped: .finished, .revised: .syncing],
        .stopping(.removed): [.stopped: .removing],
        .finished: [.removed: .removing, .revised: .syncing],
        .removing: [.cleaned: .ended],
    ]

    @Test(arguments: states, events)
    func eventsLeadOnlyWhereTheyMay(_ state: PodWorkerState, _ event: PodWorkerMachine.Event) {
        var machine = PodWorkerMachine.standing(in: state)
        try? #require(machine.state == state)
        machine.handle(event)
        #expect(machine.state == Self.ways[state]?[event] ?? state)
    }

    @Test(arguments: [.stopping(.removed), .removing, .ended] as [PodWorkerState], events)
    func removalIsNeverTakenBack(_ state: PodWorkerState, _ event: PodWorkerMachine.Event) {
        var machine = PodWorkerMachine.standing(in: state)
        machine.handle(event)
        #expect(machine.isUnwanted)
    }

    @Test(
        arguments: [
            (.syncing, .sync), (.stopping(.completed), .stop), (.stopping(.removed), .stop),
            (.finished, .wait), (.removing, .remove), (.ended, .leave),
        ] as [(PodWorkerState, PodWorkerCommand)])
    func eachStateHasItsCommand(_ state: PodWorkerState, _ command: PodWorkerCommand) {
        var machine = PodWorkerMachine.standing(in: state)
        #expect(machine.nextCommand() == command)
        #expect(machine.isUnwanted == [.stopping(.removed), .removing, .ended].contains(state))
    }

    @Test func aSyncIsAskedForOncePerChange() {
        var machine = PodWorkerMachine.standing(in: .syncing)
        #expect(machine.nextCommand() == .sync)
        #expect(machine.nextCommand() == .wait)
        machine.handle(.changed)
        machine.handle(.changed)
        #expect(machine.nextCommand() == .sync)
        #expect(machine.nextCommand() == .wait)
    }

    @Test func aChangeDuringASyncCallsForAnother() {
        var machine = PodWorkerMachine.standing(in: .syncing)
        #expect(machine.nextCommand() == .sync)
        machine.handle(.changed)
        #expect(machine.nextCommand() == .sync)
    }

    @Test func anOrphanIsStoppedFromTheStart() {
        var machine = PodWorkerMachine(isUnwanted: true)
        #expect(machine.isUnwanted)
        #expect(machine.nextCommand() == .stop)
        machine.handle(.revised)
        #expect(machine.state == .stopping(.removed))
    }
}
