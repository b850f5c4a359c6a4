import HostSystem
import Testing

/// Pods whose manifests change all the time while programs are killed, and what has to run in the end.
struct PodCrowd {
    private enum Change: CaseIterable {
        case add, edit, label, image, network, spoil, remove
    }

    private let node: TestNode
    private var generator: SeededGenerator
    private var expected = ExpectedPods()
    private var lives: [String: Int] = [:]
    private var count = 0
    /// Nobody listens there.
    private let deadPort: Int
    /// What was done, for whoever has to understand a failure.
    private var history: [String] = []

    private static let names = ["ant", "bee", "cat", "dog"]

    init(on node: TestNode, seed: Seed) throws {
        self.node = node
        generator = seed.generator
        deadPort = try MachineShare.port()
    }

    private mutating func random(below limit: Int64) -> Int64 { Int64.random(in: 0..<limit, using: &generator) }

    private mutating func note(_ what: String) { history.append(what) }

    /// Does something to one of the manifests.
    private mutating func change() throws {
        guard let name = Self.names.randomElement(using: &generator),
            let change = Change.allCases.randomElement(using: &generator)
        else { return }
        guard var member = expected.members[name] else { return try add(name) }
        // What has never run has no last good version.
        let isReady = try hasBegun(member.pod)
        switch change {
        case .label: member.pod.edition = next()
        case .network: member.pod.usesHostNetwork.toggle()
        case .remove: return try remove(name)
        case .spoil where isReady: return try spoil(name)
        case .image where isReady: member.pod["side"].image = "127.0.0.1:\(deadPort)/none:\(next())"
        case .add, .edit, .image, .spoil: edit(&member)
        }
        member.isDoubtful = change == .image && isReady
        if !member.isDoubtful { member.pod["side"].image = "busybox" }
        try write(member, (change == .image || change == .spoil) && !isReady ? "edit" : "\(change)")
    }

    private mutating func next() -> Int {
        count += 1
        return count
    }

    private mutating func add(_ name: String) throws {
        var pod = WitnessedPod(name)
        pod.life = lives[name, default: 0] + 1
        lives[name] = pod.life
        pod.edition = next()
        for container in pod.containers { pod[container.name].version = next() }
        try write(ExpectedPods.Member(pod: pod), "add")
    }

    private mutating func edit(_ member: inout ExpectedPods.Member) {
        guard let container = member.pod.containers.randomElement(using: &generator) else { return }
        member.pod[container.name].version = next()
    }

    private mutating func write(_ member: ExpectedPods.Member, _ what: String) throws {
        var member = member
        for container in member.pod.containers {
            member.versions[container.name, default: []].insert(container.version)
        }
        expected.members[member.pod.name] = member
        note("\(what) \(member.pod.name): life \(member.pod.life) \(member.pod.versions)")
        try node.write(member.pod)
    }

    private mutating func spoil(_ name: String) throws {
        note("spoil \(name)")
        expected.members[name]?.isDoubtful = true
        try node.add(name, "apiVersion: v1\nkind: Pod\nmetadata: {name: \(name)\n")
    }

    private mutating func remove(_ name: String) throws {
        note("remove \(name)")
        expected.members[name] = nil
        try HostFiles.remove("\(node.manifests)/\(name).yaml")
    }

    /// Whether all containers have run in this life of the pod.
    private func hasBegun(_ pod: WitnessedPod) throws -> Bool {
        let begun = try node.diary(of: pod.name).filter { $0.life == pod.life && $0.event == .begin }
        return Set(begun.map(\.container)) == Set(pod.containers.map(\.name))
    }
}

extension PodCrowd {
    /// Changes manifests while a program is killed, time and again, and expects that it all comes right.
    mutating func outlive(
        _ program: String, kill: () async throws -> Void, restart: () async throws -> Void
    ) async throws {
        for _ in 0..<Seed.killsInRound {
            for _ in 0...random(below: 3) { try change() }
            try await node.waitForLogs(toGrowBy: random(below: 8000))
            note("kill \(program)")
            try await kill()
            if random(below: 2) == 0 { try change() }
            try await restart()
        }
        try await expectToSettle()
        try await node.removeAllPods()
    }

    /// Waits until everything is as the manifests say, and expects that nothing ever ran twice at a time.
    private func expectToSettle() async throws {
        do {
            try await eventuallyAgree("everything is as the manifests say", within: .seconds(90)) {
                try node.checkPrograms()
                return try await expected.complaints(on: node)
            }
        } catch let error as Command.Failure {
            throw Command.Failure(
                description: "\(error)\n\(history.joined(separator: "\n"))\n\(node.recentLogs)")
        }
        let twins = try node.twins()
        #expect(twins.isEmpty, "\(history.joined(separator: "\n"))")
    }
}
