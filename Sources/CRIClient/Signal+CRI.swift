internal import CRIProtocol
internal import ContainerRuntime

extension Runtime_V1_Signal {
    /// The signals with a name of their own, in the order of their numbers in the CRI, from 1.
    private static let names = [
        "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT",
        "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSEGV", "SIGSTKFLT",
        "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2",
        "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN",
    ]

    /// Reads a signal as a pod's `stopSignal` spells it: `SIGUSR1`, `SIGRTMIN+3`, `SIGRTMAX-2`.
    init(name: String) throws {
        guard let number = Self.number(name), let signal = Self(rawValue: number) else {
            throw ContainerRuntimeError(.invalidArgument, "translate stop signal \"\(name)\": no such signal")
        }
        self = signal
    }

    /// The signal as a pod's `stopSignal` spells it; `nil` for the runtime's default, and for one that has no name here.
    var name: String? {
        if let index = Self.names.indices.first(where: { $0 + 1 == rawValue }) { return Self.names[index] }
        let (low, high) = (Self.sigrtmin.rawValue, Self.sigrtmax.rawValue)
        if rawValue == high { return "SIGRTMAX" }
        if (low + 1...low + 15).contains(rawValue) { return "SIGRTMIN+\(rawValue - low)" }
        if (high - 14..<high).contains(rawValue) { return "SIGRTMAX-\(high - rawValue)" }
        return nil
    }

    private static func number(_ name: String) -> Int? {
        if let index = names.firstIndex(of: name) { return index + 1 }
        if name == "SIGRTMAX" { return sigrtmax.rawValue }
        if name.hasPrefix("SIGRTMIN+"), let offset = Int(name.dropFirst(9)), (1...15).contains(offset) {
            return sigrtmin.rawValue + offset
        }
        if name.hasPrefix("SIGRTMAX-"), let offset = Int(name.dropFirst(9)), (1...14).contains(offset) {
            return sigrtmax.rawValue - offset
        }
        return nil
    }
}
