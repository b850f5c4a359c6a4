package import KubernetesAPI

/// The semantic identity H of a manifest (design.md, better 3): 32 hexadecimal digits.
package struct PodHash: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// Of a pod as its manifest has it, before the node's name and the like are filled in.
    package init(of manifest: Pod) { rawValue = manifest.semanticHash }

    package var description: String { rawValue }

    /// The UID of the pod on that node, in the form of upstream's for static pods.
    func uid(of name: PodFullName, on nodeName: String) -> PodUID {
        // None of the parts can hold a zero byte.
        let parts = [rawValue, nodeName, name.namespace, name.name].joined(separator: "\0")
        return PodUID(FNV1a128.hexadecimal(of: parts.utf8))
    }
}
