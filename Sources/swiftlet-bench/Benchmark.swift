import ArgumentParser
import CRIClient
import ContainerRuntime
import Glibc
import HostSystem
import Logging
import NIOCore
import NIOPosix

/// `swiftlet-bench`: what Swiftlet costs, beside the calls of the container runtime that no kubelet can do without.
///
/// Wants a containerd of its own, with the images of `scripts/images.sh`; `scripts/bench.sh` sees to that.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "swiftlet-bench")

    @Option(help: "The socket of a containerd without other pods.")
    var socket: String

    @Option(help: "The swiftlet binary to measure.")
    var swiftlet: String

    @Option(help: "An empty directory for everything that is written.")
    var directory: String

    @Option(help: "How many pods are started one after the other.")
    var samples = 20

    @Option(help: "How many pods are started at once.")
    var burst = 50

    @Option(help: "How many pods with readiness probes are started at once.")
    var probed = 100

    @Option(help: "How many pods there are while one of them is edited.")
    var crowd = 500

    @Option(help: "Over how many seconds idleness is measured.")
    var idleSeconds = 60

    private var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let connection = try CRIConnection(to: try RuntimeEndpoint(socket), eventLoopGroup: group)
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let starts = TaskStarts()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            _ = try await connection.connect(timeout: .seconds(30))
            let events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
            tasks.addTask { await starts.follow(events) }
            try await starts.waitUntilConnected()
            let raw = RawPods(
                runtime: CRIRuntimeService(connection), starts: starts, directory: "\(directory)/raw")
            try HostFiles.createDirectory(raw.directory)
            let report = try await measure(raw)
            print(report.text)
            tasks.cancelAll()
        }
    }

    private func measure(_ raw: RawPods) async throws -> Report {
        var report = Report()
        let floor = try await measureRaw(raw, &report)
        for kind in MeasuredNode.Kind.allCases {
            say("swiftlet \(kind.rawValue)")
            let node = try MeasuredNode.start(
                kind, binary: swiftlet, directory: "\(directory)/\(kind.rawValue)", socket: socket, on: group)
            report = try await measure(node, raw, floor, report)
            try await raw.removeAll()
        }
        return report
    }

    /// What nobody can be faster than.
    private struct Floor {
        var pod: Duration
        var container: Duration
        var replacement: Duration
        var burst: Duration
        var probed: Duration
    }

    private func measureRaw(_ raw: RawPods, _ report: inout Report) async throws -> Floor {
        say("raw calls: \(samples) pods one after the other")
        _ = try await raw.measureOne("warm-up")
        var single: [RawPods.Sample] = []
        for number in 0..<samples { single.append(try await raw.measureOne("raw-\(number)")) }
        try await raw.removeAll()
        var replacements: [Duration] = []
        for number in 0..<samples { replacements.append(try await raw.measureReplacement("replaced-\(number)")) }
        try await raw.removeAll()
        return Floor(
            pod: single.map(\.whole).median, container: single.map(\.container).median,
            replacement: replacements.median, burst: try await fastest(burst, raw, &report),
            probed: probed > 0 ? try await fastest(probed, raw, &report) : .zero)
    }

    /// Starts pods at once, as many at a time as turns out to be best.
    private func fastest(_ count: Int, _ raw: RawPods, _ report: inout Report) async throws -> Duration {
        var best: (duration: Duration, parallelism: Int)?
        for parallelism in [1, 2, 4, 8, 16] {
            let prefix = "raw-\(count)-\(parallelism)"
            let duration = try await raw.measureMany(count, prefix: prefix, parallelism: parallelism)
            say("raw calls: \(count) pods, \(parallelism) at a time: \(report.seconds(duration))")
            if duration < best?.duration ?? .seconds(Int64.max) { best = (duration, parallelism) }
            try await raw.removeAll()
        }
        report.add("raw calls: best parallelism for \(count) pods", "\(best?.parallelism ?? 0)")
        return best?.duration ?? .zero
    }

    /// Measures a node for as long as it lives.
    private func measure(
        _ node: MeasuredNode, _ raw: RawPods, _ floor: Floor, _ report: Report
    ) async throws -> Report {
        try await withThrowingTaskGroup(of: Report?.self) { tasks in
            tasks.addTask {
                var report = report
                try await measurePods(node, raw, floor, &report)
                return report
            }
            tasks.addTask {
                try await node.watch(on: group)
                return nil
            }
            defer { tasks.cancelAll() }
            for try await case let report? in tasks { return report }
            return report
        }
    }

    private func measurePods(
        _ node: MeasuredNode, _ raw: RawPods, _ floor: Floor, _ report: inout Report
    ) async throws {
        let name = "swiftlet \(node.kind.rawValue)"
        let starts = raw.starts
        let pods = (0..<samples).map { "one-\($0)" }
        let many = (0..<burst).map { "many-\($0)" }
        try node.prepare(pods + many + ["warm-up"]) { Manifest.text(pod: $0) }
        _ = try await time(node, ["warm-up"], starts)
        var single: [Duration] = []
        for pod in pods { single.append(try await time(node, [pod], starts)) }
        report.add("\(name): manifest to process, median of \(samples)", single.median, raw: floor.pod, goal: "1.35")
        var restarts: [Duration] = []
        for pod in pods {
            let before = starts.count
            let began = ContinuousClock.now
            try node.killContainer(of: pod)
            restarts.append(began.duration(to: try await starts.instant(ofStart: before + 1)))
        }
        report.add(
            "\(name): exit to first restart, median of \(samples)", restarts.median, raw: floor.container, goal: "1.5")
        try node.remove(pods + ["warm-up"])
        try await settle()
        let alone = try await measureEdits(node, name, floor, starts, &report)
        report.add(
            "\(name): \(burst) manifests at once, last process", try await time(node, many, starts), raw: floor.burst)
        try await settle()
        try await measureIdle(node, "\(name): idle with \(burst) pods", hasGoals: node.kind == .server, &report)
        if probed > 0 {
            try node.remove(many)
            try await settle()
            try await measureProbed(node, name, floor, starts, &report)
        }
        guard node.kind == .server, crowd > 0 else { return }
        try await measureEditInACrowd(node, name, alone, starts, &report)
    }

    /// Pods that are asked all the time whether they are ready: they serve, and probes connect to them.
    private func measureProbed(
        _ node: MeasuredNode, _ name: String, _ floor: Floor, _ starts: TaskStarts, _ report: inout Report
    ) async throws {
        let pods = (0..<probed).map { "probed-\($0)" }
        try node.prepare(pods, Manifest.probed)
        report.add(
            "\(name): \(probed) manifests with probes at once, last process", try await time(node, pods, starts),
            raw: floor.probed, goal: "1.15")
        try await settle()
        try await measureIdle(node, "\(name): idle with \(probed) probed pods", hasGoals: false, &report)
        try node.remove(pods)
        try await settle()
    }

    /// Edits one pod again and again.
    /// - Returns: the CPU time of one edit.
    private func measureEdits(
        _ node: MeasuredNode, _ name: String, _ floor: Floor, _ starts: TaskStarts, _ report: inout Report
    ) async throws -> Duration {
        say("\(name): \(samples) edits")
        let (durations, cpu) = try await edit(node, starts)
        report.add(
            "\(name): edit of an env to its replacement, median of \(samples)", durations.median,
            raw: floor.replacement)
        return cpu
    }

    /// What an edit costs while many other pods are there, which it doesn't concern.
    private func measureEditInACrowd(
        _ node: MeasuredNode, _ name: String, _ alone: Duration, _ starts: TaskStarts, _ report: inout Report
    ) async throws {
        say("\(name): \(crowd) pods, of which one is edited")
        let others = (0..<crowd).map { "crowd-\($0)" }
        try node.prepare(others) { Manifest.text(pod: $0, onHostNetwork: true) }
        for chunk in stride(from: 0, to: crowd, by: 50) {
            _ = try await time(node, Array(others[chunk..<min(chunk + 50, crowd)]), starts)
        }
        try await settle()
        let (_, cpu) = try await edit(node, starts)
        let all = crowd + (probed > 0 ? 0 : burst)
        report.add("\(name): CPU of one edit, alone and among \(all) pods", cpu, raw: alone)
    }

    private func edit(_ node: MeasuredNode, _ starts: TaskStarts) async throws -> ([Duration], cpu: Duration) {
        let pod = "edited"
        var before = starts.count
        try node.put(pod, edition: 0)
        _ = try await starts.instant(ofStart: before + 2)
        try await settle()
        var durations: [Duration] = []
        let used = try node.cpuTime()
        for edition in 1...samples {
            before = starts.count
            let began = ContinuousClock.now
            try node.put(pod, edition: edition)
            durations.append(began.duration(to: try await starts.instant(ofStart: before + 1)))
            // Its shell has to set its trap, and its status to be posted.
            try await Task.sleep(for: .seconds(1))
        }
        let cpu = (try node.cpuTime() - used) / samples
        try node.remove([pod])
        try await settle()
        return (durations, cpu)
    }

    /// - Parameter what: which node, and how many pods there are.
    private func measureIdle(
        _ node: MeasuredNode, _ what: String, hasGoals: Bool, _ report: inout Report
    ) async throws {
        say("\(what), for \(idleSeconds) s")
        let before = try node.cpuTime()
        try await Task.sleep(for: .seconds(idleSeconds))
        let used = (try node.cpuTime() - before) / idleSeconds * 60
        report.add("\(what), CPU a minute", report.seconds(used), goal: hasGoals ? "0.1 s" : "")
        for (field, goal) in [("VmRSS", "45 MiB"), ("RssAnon", "12 MiB")] {
            let size = report.rounded(try node.memory(field), 10)
            report.add("\(what), \(field)", "\(size) MiB", goal: hasGoals ? goal : "")
        }
    }

    /// From the first rename to the last process.
    private func time(_ node: MeasuredNode, _ pods: [String], _ starts: TaskStarts) async throws -> Duration {
        let before = starts.count
        let began = ContinuousClock.now
        try node.release(pods)
        return began.duration(to: try await starts.instant(ofStart: before + 2 * pods.count))
    }

    /// Time for what follows a start or a removal to come to an end.
    private func settle() async throws { try await Task.sleep(for: .seconds(20)) }

    private func say(_ text: String) {
        let line = Array("==> \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
