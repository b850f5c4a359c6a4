import HostSystem
import NIOPosix
import StructuredData
import Synchronization

/// A message bus of the test's own with systemd's login manager played by python-dbusmock: it hands out locks, and
/// announces shutdowns that don't come.
final class MockLogind: Sendable {
    private let directory: String
    private let children = Mutex<[ChildProcess]>([])

    /// Where programs find the bus.
    var address: String { "unix:path=\(directory)/bus" }

    /// - Parameter delaySeconds: how long it says that a shutdown waits.
    static func start(on node: TestNode, delaySeconds: Int64) async throws -> MockLogind {
        let logind = MockLogind(directory: "\(node.directory)/dbus")
        do {
            try await logind.start(delaySeconds: delaySeconds)
        } catch {
            logind.stop()
            throw error
        }
        return logind
    }

    private init(directory: String) { self.directory = directory }

    private var configuration: String {
        """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>system</type>
          <listen>\(address)</listen>
          <policy context="default">
            <allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
            <allow send_type="method_call"/><allow send_type="signal"/>
            <allow send_requested_reply="true"/><allow receive_type="method_call"/>
            <allow receive_type="signal"/><allow receive_requested_reply="true"/>
          </policy>
        </busconfig>
        """
    }

    private func start(delaySeconds: Int64) async throws {
        try HostFiles.createDirectory(directory)
        try HostFiles.writeAtomically(configuration, to: "\(directory)/bus.conf", mode: 0o644)
        try spawn("/usr/bin/dbus-daemon", ["--nofork", "--config-file=\(directory)/bus.conf"])
        try await eventually("the bus is there") { HostFiles.exists("\(self.directory)/bus") }
        try spawn("/usr/bin/python3", ["-m", "dbusmock", "--system", "--template", "logind"])
        try await eventually("the login manager answers") { try await self.busctl("ListInhibitors").succeeded }
        _ = try await call(
            "org.freedesktop.DBus.Mock", "AddProperty", "ssv", "org.freedesktop.login1.Manager", "InhibitDelayMaxUSec",
            "t", "\(delaySeconds * 1_000_000)")
    }

    private func spawn(_ program: String, _ arguments: [String]) throws {
        let log = ChildProcess.Output.appended(path: "\(directory)/log")
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: program, arguments: arguments, environment: environment, standardOutput: log,
                standardError: log),
            on: MultiThreadedEventLoopGroup.singleton)
        children.withLock { $0.append(child) }
    }

    private var environment: [String: String] { ["PATH": Command.path, "DBUS_SYSTEM_BUS_ADDRESS": address] }

    func stop() {
        for child in children.withLock({ $0 }) { child.killSession() }
    }

    private func call(_ interface: String, _ member: String, _ arguments: String...) async throws -> Command.Result {
        let place = ["org.freedesktop.login1", "/org/freedesktop/login1", interface, member]
        return try await Command(
            ["busctl", "--system", "--json=short", "call"] + place + arguments, environment: environment
        ).run()
    }

    private func busctl(_ member: String) async throws -> Command.Result {
        try await call("org.freedesktop.login1.Manager", member)
    }

    /// Whether somebody of that name has shutdowns wait.
    func isHeld(by name: String) async throws -> Bool {
        let answer = try await busctl("ListInhibitors")
        guard answer.succeeded else { return false }
        let locks = try JSONValue(parsing: answer.output)["data"]?[0]?.arrayValue ?? []
        return locks.contains { $0[0] == "shutdown" && $0[1]?.stringValue == name && $0[3] == "delay" }
    }

    /// Tells that a shutdown begins, or that it was called off.
    func announce(shutdown begins: Bool) async throws {
        let signal = ["/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForShutdown", "b"]
        _ = try await Command(
            ["busctl", "--system", "emit"] + signal + [begins ? "true" : "false"], environment: environment
        ).output()
    }
}
