import Glibc
import HostSystem
import NIOCore

/// A Swiftlet process under measurement: the kubelet alone, or the whole server.
struct MeasuredNode {
    enum Kind: String, CaseIterable {
        case kubelet, server
    }

    let kind: Kind
    let directory: String
    private let child: ChildProcess

    private var manifests: String { "\(directory)/manifests" }
    private var prepared: String { "\(directory)/prepared" }

    /// Without an API server there is nobody to ask who may do what.
    private static let standaloneAccess = """
        authentication:
          webhook:
            enabled: false
        authorization:
          mode: AlwaysAllow

        """

    /// Starts it; a first pod will tell when it works.
    static func start(
        _ kind: Kind, binary: String, directory: String, socket: String, on group: any EventLoopGroup
    ) throws -> MeasuredNode {
        for folder in ["manifests", "prepared", "log"] { try HostFiles.createDirectory("\(directory)/\(folder)") }
        let configuration = "\(directory)/config.yaml"
        let isUnified = HostFiles.exists("/sys/fs/cgroup/cgroup.controllers")
        try HostFiles.writeAtomically(
            """
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            staticPodPath: \(directory)/manifests
            podLogsDir: \(directory)/log
            cgroupRoot: /swiftlet-bench
            failCgroupV1: \(isUnified)
            address: 127.0.0.1
            healthzPort: 0
            maxPods: 1000
            \(kind == .kubelet ? standaloneAccess : "")
            """, to: configuration)
        let arguments =
            switch kind {
            case .kubelet:
                [
                    "kubelet", "--config=\(configuration)", "--root-dir=\(directory)/root",
                    "--cert-dir=\(directory)/root/pki", "--port=21250", "--hostname-override=bench",
                    "--container-runtime-endpoint=unix://\(socket)",
                ]
            case .server:
                [
                    "server", "--data-dir", "\(directory)/data", "--node-name", "bench", "--config", configuration,
                    "--bind-address", "127.0.0.1", "--port", "21443", "--kubelet-port", "21250",
                    "--container-runtime-endpoint", "unix://\(socket)",
                ]
            }
        let log = ChildProcess.Output.appended(path: "\(directory)/swiftlet.log")
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: binary, arguments: arguments, environment: ChildProcess.inheritedEnvironment,
                standardOutput: log, standardError: log),
            on: group)
        return MeasuredNode(kind: kind, directory: directory, child: child)
    }

    /// Watches over the process until cancellation, which ends it; its pods run on.
    /// - Throws: `BenchmarkError` when it ends by itself.
    func watch(on group: any EventLoopGroup) async throws {
        let status = try await withTaskCancellationHandler {
            try await child.wait()
        } onCancel: {
            try? child.handle.terminate(killingAfter: .seconds(20), on: group.next())
        }
        if Task.isCancelled { return }
        throw BenchmarkError("swiftlet \(kind.rawValue) \(status); its last words are in \(directory)/swiftlet.log")
    }

    /// Writes manifests where the kubelet doesn't look.
    func prepare(_ pods: [String], _ manifest: (String) -> String) throws {
        for pod in pods { try HostFiles.writeAtomically(manifest(pod), to: "\(prepared)/\(pod).yaml") }
    }

    /// Puts an edition of a pod in the place of the one before.
    func put(_ pod: String, edition: Int) throws {
        try HostFiles.writeAtomically(Manifest.editable(pod: pod, edition: edition), to: "\(prepared)/\(pod).yaml")
        try release([pod])
    }

    /// Renames prepared manifests into the kubelet's directory.
    func release(_ pods: [String]) throws {
        for pod in pods { try HostFiles.rename("\(prepared)/\(pod).yaml", to: "\(manifests)/\(pod).yaml") }
    }

    /// Takes manifests away again.
    func remove(_ pods: [String]) throws {
        for pod in pods { try HostFiles.remove("\(manifests)/\(pod).yaml") }
    }

    /// Kills the container of a pod, known by its command line.
    func killContainer(of pod: String) throws {
        let command = Manifest.command(pod: pod)
        guard
            let process = try ProcessHandle.all(named: command[0])
                .first(where: { try $0.commandLine() == command })
        else { throw BenchmarkError("no process runs for pod \(pod)") }
        try process.send(signal: SIGKILL)
    }

    /// CPU time that it has used so far, by threads that are gone as well.
    func cpuTime() throws -> Duration {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(child.processID, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw BenchmarkError("no CPU time of process \(child.processID)")
        }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// A size from `/proc/PID/status`, such as `VmRSS`, in MiB.
    func memory(_ field: String) throws -> Double {
        let status = try HostFiles.readText("/proc/\(child.processID)/status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(field):") }
        let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        guard let kibibytes else { throw BenchmarkError("no \(field) in the status of process \(child.processID)") }
        return kibibytes / 1024
    }
}
