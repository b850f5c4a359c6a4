/// The namespace that keeps a kernel parameter apart from the host's, as upstream's messages spell it.
package enum SysctlNamespace: String, Sendable, Hashable {
    case ipc = "IPC"
    case network = "Net"
}

/// Rules for the names of kernel parameters (upstream: `k8s.io/component-helpers/node/util/sysctl/namespace.go` and
/// the patterns of `pkg/apis/core/validation` and `pkg/apis/policy/validation`).
package enum SysctlName {
    private static let maximumLength = 253

    private static let ofIPC: Set<String> = [
        "kernel.sem", "kernel.shm", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
        "kernel.msg", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",
    ]

    /// The name with dots between its parts. Where slashes separate them, dots and slashes change places, as in
    /// `sysctl.d(5)`: `net/ipv4/conf/eno2.100/rp_filter` is `net.ipv4.conf.eno2/100.rp_filter`.
    package static func normalized(_ name: String) -> String {
        guard name.first(where: { $0 == "." || $0 == "/" }) == "/" else { return name }
        return String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
    }

    /// The namespace of a normalized name, or of all names that begin with it; `nil` when none is known.
    package static func namespace(of name: String) -> SysctlNamespace? {
        if ofIPC.contains(name) || name.hasPrefix("fs.mqueue.") { return .ipc }
        return name.hasPrefix("net.") ? .network : nil
    }

    static func isValid(_ name: String) -> Bool {
        name.utf8.count <= maximumLength && words(of: name).allSatisfy(isWord)
    }

    /// Whether it is a name, or the beginning of names with a `*` in place of their rest.
    package static func isValidPattern(_ pattern: String) -> Bool {
        let words = words(of: pattern)
        guard pattern.utf8.count <= maximumLength, let last = words.last else { return false }
        guard words.dropLast().allSatisfy(isWord) else { return false }
        guard last.hasSuffix("*") else { return isWord(last) }
        let start = last.dropLast()
        return start.isEmpty || (start.first.map(isAlphanumeric) ?? false) && start.allSatisfy(isPart)
    }

    private static func words(of name: String) -> [Substring] {
        name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }
    }

    private static func isWord(_ word: Substring) -> Bool {
        guard let first = word.first, let last = word.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && word.allSatisfy(isPart)
    }

    private static func isAlphanumeric(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("0"..."9").contains(character)
    }

    private static func isPart(_ character: Character) -> Bool {
        isAlphanumeric(character) || character == "-" || character == "_"
    }
}
