/// A memory limit that is to change, and what is in use of it. A kernel of version 2 kills for a limit below that, one of
/// version 1 refuses it.
package struct MemoryLimitChange: Sendable, Hashable {
    package enum Owner: Sendable, Hashable {
        case pod
        case container(String)
    }

    package var owner: Owner
    /// Bytes; `nil` for no limit.
    package var present: Int64?
    /// Bytes; `nil` for no limit.
    package var wanted: Int64?
    /// Bytes; `nil` when that can't be told.
    package var usage: Int64?

    package init(of owner: Owner, from present: Int64?, to wanted: Int64?, usage: Int64?) {
        self.owner = owner
        self.present = present
        self.wanted = wanted
        self.usage = usage
    }

    fileprivate var complaint: String? {
        guard let wanted, let usage, wanted < present ?? .max, usage > wanted else { return nil }
        let owner =
            switch owner {
            case .pod: "pod"
            case .container(let name): "container \"\(name)\""
            }
        return "attempting to set \(owner) memory limit (\(wanted)) below current usage (\(usage))"
    }
}

/// Why memory limits stay as they are: more is in use. Words are upstream's (`validateMemoryResizeAction` in
/// `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
package struct MemoryInUse: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// `nil` when every limit can be had.
    package init?(_ changes: [MemoryLimitChange]) {
        let complaints = changes.compactMap(\.complaint)
        guard !complaints.isEmpty else { return nil }
        let list = complaints.joined(separator: ", ")
        description = "cannot decrease memory limits: \(complaints.count == 1 ? list : "[\(list)]")"
    }
}
