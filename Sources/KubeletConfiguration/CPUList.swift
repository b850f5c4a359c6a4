/// Processors by their numbers, as the kernel and upstream list them: `0-3,5`.
package struct CPUList: Sendable, Hashable {
    private var numbers: Set<Int> = []

    /// - Returns: `nil` when the text is no such list; an empty one lists none.
    package init?(_ text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2, first <= last,
                first >= 0, last < Self.most
            else { return nil }
            numbers.formUnion(first...last)
        }
    }

    /// More than any kernel knows.
    private static let most = 1 << 16

    package var count: Int { numbers.count }
    package var isEmpty: Bool { numbers.isEmpty }

    package func isSubset(of other: CPUList?) -> Bool { numbers.isSubset(of: other?.numbers ?? []) }
}
