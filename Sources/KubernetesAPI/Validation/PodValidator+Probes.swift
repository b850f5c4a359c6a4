internal import StructuredData

extension PodValidator {
    /// Probes and lifecycle hooks.
    mutating func validateLife(of container: Container, at path: FieldPath) {
        if let hook = container.lifecycle?.postStart {
            validateHandler(Handler(hook), at: path.child("lifecycle", "postStart"))
        }
        if let hook = container.lifecycle?.preStop {
            validateHandler(Handler(hook), at: path.child("lifecycle", "preStop"))
        }
        if let signal = container.lifecycle?.stopSignal {
            validateStopSignal(signal, at: path.child("lifecycle", "stopSignal"))
        }
        if let probe = container.livenessProbe {
            validateProbe(probe, at: path.child("livenessProbe"))
            requireSingleSuccess(probe, at: path.child("livenessProbe"))
        }
        if let probe = container.readinessProbe {
            validateProbe(probe, at: path.child("readinessProbe"))
            if let seconds = probe.terminationGracePeriodSeconds {
                let gracePath = path.child("readinessProbe", "terminationGracePeriodSeconds")
                collector.invalid(gracePath, seconds, "must not be set for readinessProbes")
            }
        }
        if let probe = container.startupProbe {
            validateProbe(probe, at: path.child("startupProbe"))
            requireSingleSuccess(probe, at: path.child("startupProbe"))
        }
    }

    private mutating func requireSingleSuccess(_ probe: Probe, at path: FieldPath) {
        if probe.successThreshold != 1 {
            collector.invalid(path.child("successThreshold"), probe.successThreshold, "must be 1")
        }
    }

    private mutating func validateProbe(_ probe: Probe, at path: FieldPath) {
        validateHandler(Handler(probe), at: path)
        let numbers: [(String, Int32)] = [
            ("initialDelaySeconds", probe.initialDelaySeconds), ("timeoutSeconds", probe.timeoutSeconds),
            ("periodSeconds", probe.periodSeconds), ("successThreshold", probe.successThreshold),
            ("failureThreshold", probe.failureThreshold),
        ]
        for (field, value) in numbers { collector.checkNotNegative(path.child(field), value) }
        if let seconds = probe.terminationGracePeriodSeconds, seconds <= 0 {
            collector.invalid(path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0")
        }
    }

    /// What probes and hooks have in common.
    private struct Handler {
        var exec: ExecAction?
        var httpGet: HTTPGetAction?
        var tcpSocket: TCPSocketAction?
        var grpc: GRPCAction?
        var sleep: SleepAction?

        init(_ probe: Probe) {
            (exec, httpGet, tcpSocket, grpc) = (probe.exec, probe.httpGet, probe.tcpSocket, probe.grpc)
        }

        init(_ hook: LifecycleHandler) {
            (exec, httpGet, tcpSocket, sleep) = (hook.exec, hook.httpGet, hook.tcpSocket, hook.sleep)
        }

        /// The fields that are set, in the order they are looked at.
        var kinds: [String] {
            [
                ("exec", exec != nil), ("httpGet", httpGet != nil), ("tcpSocket", tcpSocket != nil),
                ("grpc", grpc != nil), ("sleep", sleep != nil),
            ].filter(\.1).map(\.0)
        }
    }

    private mutating func validateHandler(_ handler: Handler, at path: FieldPath) {
        let kinds = handler.kinds
        for kind in kinds.dropFirst() {
            collector.forbidden(path.child(kind), "may not specify more than 1 handler type")
        }
        switch kinds.first {
        case "exec": if let exec = handler.exec { validateExec(exec, at: path.child("exec")) }
        case "httpGet": if let get = handler.httpGet { validateHTTPGet(get, at: path.child("httpGet")) }
        case "tcpSocket": if let tcp = handler.tcpSocket { validatePort(tcp.port, at: path.child("tcpSocket", "port")) }
        case "grpc": if let grpc = handler.grpc { validatePort(.int(grpc.port), at: path.child("grpc", "port")) }
        case "sleep": if let sleep = handler.sleep { validateSleep(sleep, at: path.child("sleep")) }
        default: collector.required(path, "must specify a handler type")
        }
    }

    private mutating func validateExec(_ exec: ExecAction, at path: FieldPath) {
        if exec.command.isEmpty { collector.required(path.child("command")) }
    }

    private mutating func validateHTTPGet(_ get: HTTPGetAction, at path: FieldPath) {
        collector.checkRequired(path.child("path"), get.path)
        validatePort(get.port, at: path.child("port"))
        if get.scheme != .http, get.scheme != .https {
            collector.notSupported(path.child("scheme"), get.scheme, ["HTTP", "HTTPS"])
        }
        for (index, header) in get.httpHeaders.enumerated() {
            let namePath = path.child("httpHeaders").index(index).child("name")
            collector.check(namePath, header.name, NameRules.httpHeaderName)
        }
    }

    private mutating func validatePort(_ port: IntOrString, at path: FieldPath) {
        switch port {
        case .int(let number):
            if let detail = NameRules.portNumber(number) { collector.invalid(path, number, detail) }
        case .string(let name):
            collector.check(path, name, NameRules.portName)
        }
    }

    private mutating func validateSleep(_ sleep: SleepAction, at path: FieldPath) {
        guard let grace = spec.terminationGracePeriodSeconds, sleep.seconds < 0 || sleep.seconds > grace else { return }
        let detail = "must be non-negative and less than terminationGracePeriodSeconds (\(grace))"
        collector.invalid(path, sleep.seconds, detail)
    }

    /// A signal needs to be known to the system that the pod says it is for.
    private mutating func validateStopSignal(_ signal: String, at path: FieldPath) {
        guard let system = spec.os?.name else {
            return collector.forbidden(path, "may not be set for containers with empty `spec.os.name`")
        }
        let supported = system == "windows" ? ["SIGKILL", "SIGTERM"] : Self.linuxSignals
        if ["linux", "windows"].contains(system), !supported.contains(signal) {
            collector.notSupported(path, signal, supported)
        }
    }

    private static let linuxSignals: [String] = {
        let names = [
            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
            "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
            "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
        ]
        let realTime = (1...15).map { "RTMIN+\($0)" } + (1...14).map { "RTMAX-\($0)" }
        return (names + realTime).map { "SIG\($0)" }.sorted()
    }()
}
