/// A process that the kernel ended because the machine's memory ran out, and not a cgroup's.
package struct SystemOOM: Sendable, Hashable {
    package var processName: String
    package var processID: Int32

    /// - Parameter message: a line of the kernel's log; `nil` for one that tells of something else.
    package init?(message: String) {
        // `Out of memory: Killed process 12 (name) total-vm:…`; before Linux 5.1 `Kill process 12 (name) score…`. That of a
        // cgroup begins with `Memory cgroup`.
        let starts = ["Out of memory: Killed process ", "Out of memory: Kill process "]
        guard let start = starts.first(where: message.hasPrefix) else { return nil }
        let rest = message.dropFirst(start.count)
        guard let processID = Int32(rest.prefix { $0.isNumber }), let open = rest.firstIndex(of: "("),
            let end = rest.lastIndex(of: ")"), open < end
        else { return nil }
        self.processID = processID
        processName = String(rest[rest.index(after: open)..<end])
    }
}
