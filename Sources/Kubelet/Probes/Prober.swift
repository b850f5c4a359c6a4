package import ContainerRuntime
import KubernetesAPI
import PodLifecycle

/// Makes single checks of containers, after upstream's `pkg/kubelet/prober/prober.go`.
package struct Prober: Sendable {
    private static let attempts = 3
    /// Bytes of what a command says that are shown.
    private static let outputLimit = 10 << 10

    private let runtime: any RuntimeService
    private let requests: any ProbeRequests
    private let events: any EventSink

    package init(runtime: any RuntimeService, requests: any ProbeRequests, events: any EventSink) {
        self.runtime = runtime
        self.requests = requests
        self.events = events
    }

    /// Whom a probe is made of.
    struct Subject: Sendable {
        /// What the events are about.
        var target: EventTarget
        var container: Container
        var id: ContainerID
        var startedAt: Timestamp
        /// The pod's IP.
        var address: String?
    }

    /// Makes one check. What can't be found out is tried again at once, a few times.
    func check(_ probe: Probe, _ kind: ProbeKind, _ subject: Subject) async -> ProbeOutcome {
        var outcome = ProbeOutcome(.unknown)
        for _ in 0..<Self.attempts where outcome.result == .unknown && !Task.isCancelled {
            outcome = await run(probe, subject)
        }
        return outcome
    }

    /// Has the events tell of an outcome that is not as it should be.
    func report(_ outcome: ProbeOutcome, _ kind: ProbeKind, _ subject: Subject) {
        let target = subject.target
        let name = kind.rawValue
        switch outcome.result {
        case .success: break
        case .warning:
            events.record(.warning, "ProbeWarning", "\(name) probe warning: \(outcome.message)", about: target)
        case .failure: events.record(.warning, "Unhealthy", "\(name) probe failed: \(outcome.message)", about: target)
        case .unknown:
            let message = "\(name) probe errored and resulted in unknown state: \(outcome.message)"
            events.record(.warning, "Unhealthy", message, about: target)
        }
    }

    private func run(_ probe: Probe, _ subject: Subject) async -> ProbeOutcome {
        let timeout = Duration.seconds(max(1, Int64(probe.timeoutSeconds)))
        do throws(EndpointError) {
            if let exec = probe.exec { return await run(exec.command, subject, Int64(probe.timeoutSeconds)) }
            if let httpGet = probe.httpGet {
                let request = try httpGet.request(to: subject.container, at: subject.address)
                return await requests.get(request, timeout: timeout)
            }
            if let tcpSocket = probe.tcpSocket {
                let port = try subject.container.number(of: tcpSocket.port)
                guard let host = tcpSocket.host.isEmpty ? subject.address : tcpSocket.host else { throw .noAddress }
                return await requests.connect(to: host, port: port, timeout: timeout)
            }
            if let grpc = probe.grpc {
                guard let host = subject.address else { throw .noAddress }
                return await requests.checkHealth(
                    of: grpc.service ?? "", at: host, port: grpc.port, timeout: timeout)
            }
        } catch {
            return ProbeOutcome(.unknown, "\(error)")
        }
        return ProbeOutcome(.unknown, "missing probe handler for \(subject.container.name)")
    }

    private func run(_ command: [String], _ subject: Subject, _ seconds: Int64) async -> ProbeOutcome {
        do {
            let result = try await runtime.execSync(subject.id, command: command, timeout: max(1, seconds))
            let output = String(decoding: (result.stdout + result.stderr).prefix(Self.outputLimit), as: UTF8.self)
            return ProbeOutcome(result.exitCode == 0 ? .success : .failure, output)
        } catch let error as ContainerRuntimeError where error.code == .timedOut {
            return ProbeOutcome(.failure, "command \"\(command.joined(separator: " "))\" timed out")
        } catch {
            return ProbeOutcome(.unknown, "\(error)")
        }
    }
}
