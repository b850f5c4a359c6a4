import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// Which ended containers are kept. Containers are made a hundred seconds one after the other.
struct DeadContainersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var containers: [RuntimeContainer]
        var policy = DeadContainers.Policy()
        var census = DeadContainers.Census()
        var removed: Set<String> = []
        /// Seconds after the start.
        var nextLook: Int64?

        var testDescription: String { what }
    }

    private static func ended(_ attempts: UInt32...) -> [RuntimeContainer] {
        attempts.map { .sample(attempt: $0, .exited) }
    }

    private static let running = [RuntimeContainer.sample(attempt: 9, .running)]

    static let cases = [
        Case(what: "nothing", containers: []),
        Case(what: "one runs", containers: running),
        Case(what: "one has ended", containers: ended(0)),
        Case(what: "the newest is kept", containers: ended(0, 1, 2), removed: ["web-0", "web-1"]),
        Case(what: "the one before it that runs is kept", containers: running + ended(0, 1), removed: ["web-0"]),
        Case(
            what: "of each container one", containers: ended(0, 1) + [.sample("other", attempt: 0, .exited)],
            removed: ["web-0"]),
        Case(
            what: "one that was never started goes when there is another",
            containers: running + [.sample(attempt: 0, .created)], removed: ["web-0"]),
        Case(what: "one that is to be started stays", containers: [.sample(attempt: 2, .created)] + ended(1)),
        Case(
            what: "three of each", containers: running + ended(0, 1, 2, 3), policy: .init(perContainer: 3),
            removed: ["web-0"]),
        Case(what: "all of them", containers: ended(0, 1, 2), policy: .init(perContainer: -1)),
        Case(
            what: "none, beside one that runs", containers: running + ended(0, 1), policy: .init(perContainer: 0),
            removed: ["web-0", "web-1"]),
        Case(
            what: "none, but the one that counts stays", containers: ended(0, 1), policy: .init(perContainer: 0),
            removed: ["web-0"]),
        Case(
            what: "too young to go: the second that gets old pushes the first out", containers: running + ended(7, 8),
            policy: .init(minimumAge: .seconds(400)), nextLook: 1200),
        Case(
            what: "too young to go, and none is kept", containers: running + ended(7, 8),
            policy: .init(perContainer: 0, minimumAge: .seconds(400)), nextLook: 1100),
        Case(
            what: "too young to go, and all are kept", containers: running + ended(7, 8),
            policy: .init(perContainer: -1, minimumAge: .seconds(400))),
        Case(
            what: "young ones don't count", containers: running + ended(0, 1, 8),
            policy: .init(minimumAge: .seconds(400)), removed: ["web-0"], nextLook: 1200),
        Case(
            what: "there is no need to look when none would go", containers: running + ended(8),
            policy: .init(perContainer: 2, minimumAge: .seconds(400))),
        Case(
            what: "the node has fewer than it may", containers: running + ended(0, 1, 2, 3),
            policy: .init(perContainer: 4, total: 10), census: .init(units: 2, all: 8)),
        Case(
            what: "the node has too many: each container has its share", containers: running + ended(0, 1, 2, 3),
            policy: .init(perContainer: 4, total: 5), census: .init(units: 2, all: 8), removed: ["web-0", "web-1"]),
        Case(
            what: "a share is one at least", containers: running + ended(0, 1), policy: .init(total: 0),
            census: .init(units: 5, all: 10), removed: ["web-0"]),
        Case(
            what: "a share is no more than a container may have", containers: running + ended(0, 1),
            policy: .init(total: 50), census: .init(units: 2, all: 60), removed: ["web-0"]),
    ]

    @Test(arguments: cases) func endedContainersThatGo(_ example: Case) {
        let dead = DeadContainers(
            of: .sample(containers: example.containers), example.policy, example.census,
            now: .testStart.adding(seconds: 1000))
        #expect(Set(dead.removals.map(\.id.rawValue)) == example.removed)
        #expect(dead.nextLook == example.nextLook.map { .testStart.adding(seconds: $0) })
    }
}
