import Testing

extension RealParts {
    /// Tests of what changes of manifests do, with a kubelet that can be killed by itself; each works on pods of its
    /// own.
    @Suite(.serialized, .node("edits") { try await $0.startParts() })
    enum EditedNode {}
}
