/// The IDs of the host that pods with a user namespace of their own have theirs mapped to: a range for each pod, and none
/// of them the host's own (upstream: `pkg/kubelet/userns`, `getKubeletMappings` in `pkg/kubelet/kubelet_pods.go`).
package struct UserNamespaceRanges: Sendable, Hashable {
    /// Why pods can't be given ranges.
    package struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package static let standardLength: UInt32 = 65_536

    /// How many IDs a pod has.
    package let length: UInt32
    /// All IDs that pods may have.
    private var all: Range<UInt64>

    /// Every ID but as many as a pod has, which are the host's.
    package init(idsPerPod length: UInt32 = standardLength) {
        self.length = length
        all = UInt64(length)..<1 << 32
    }

    /// The IDs that the administrator set aside for the user `kubelet`, or those of `init(idsPerPod:)` where none are.
    ///
    /// Upstream asks the program `getsubids`, which reads these files unless the machine is set up otherwise.
    /// - Parameters:
    ///   - users: the text of `/etc/subuid`.
    ///   - groups: the text of `/etc/subgid`.
    ///   - maxPods: how many pods there may be.
    package init(idsPerPod length: UInt32, users: String, groups: String, maxPods: Int) throws(Invalid) {
        let ranges = try Self.subordinates(users)
        guard ranges == (try Self.subordinates(groups)) else {
            throw Invalid(description: "mismatched subuids and subgids for user \"kubelet\"")
        }
        guard ranges.count < 2 else {
            throw Invalid(description: "user \"kubelet\" has \(ranges.count) ranges of subuids, and must have one")
        }
        self.init(idsPerPod: length)
        if let set = ranges.first { all = set }
        try check(all, maxPods)
    }

    private func check(_ range: Range<UInt64>, _ maxPods: Int) throws(Invalid) {
        let ids = UInt64(length)
        guard range.lowerBound % ids == 0 else {
            throw Invalid(description: "kubelet user assigned ID \(range.lowerBound) is not a multiple of \(ids)")
        }
        guard range.lowerBound >= ids else {
            throw Invalid(
                description: "kubelet user assigned ID \(range.lowerBound) must be greater or equal to \(ids)")
        }
        guard range.count % Int(ids) == 0, range.upperBound <= 1 << 32 else {
            throw Invalid(description: "kubelet user assigned IDs length \(range.count) is not a multiple of \(ids)")
        }
        guard range.count / Int(ids) >= maxPods else {
            throw Invalid(description: "kubelet user assigned IDs are not enough to support \(maxPods) pods")
        }
    }

    /// The first ID of the lowest range that has none of these, or `nil` when all are taken.
    package func free(besides taken: [Range<UInt64>]) -> UInt32? {
        stride(from: all.lowerBound, to: all.upperBound, by: Int(length)).lazy
            .first { first in
                !taken.contains { $0.overlaps(first..<first + UInt64(length)) }
            }
            .map { UInt32($0) }
    }

    /// The ranges of the user `kubelet` in a file of lines such as `kubelet:65536:7208960`.
    private static func subordinates(_ text: String) throws(Invalid) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.first == "kubelet" else { continue }
            guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]) else {
                throw Invalid(description: "invalid line \"\(line)\"")
            }
            ranges.append(UInt64(first)..<UInt64(first) + UInt64(count))
        }
        return ranges
    }
}
