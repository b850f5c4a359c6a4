/// The UID of a pod as its source gave it; that of a static pod is not its mirror's.
package struct PodUID: Sendable, Hashable, Comparable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }

    package static func < (left: PodUID, right: PodUID) -> Bool { left.rawValue < right.rawValue }
}

/// Name and namespace of a pod: what a static pod and its mirror have in common.
package struct PodFullName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var name: String
    package var namespace: String

    package init(name: String, namespace: String) {
        self.name = name
        self.namespace = namespace
    }

    /// Upstream's form `name_namespace`; neither part may hold an underscore.
    package init?(parsing text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(name: String(parts[0]), namespace: String(parts[1]))
    }

    package var description: String { "\(name)_\(namespace)" }

    package static func < (left: PodFullName, right: PodFullName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension Pod {
    /// `metadata.uid` of a pod that is no mirror.
    package var uid: PodUID {
        get { PodUID(metadata.uid) }
        set { metadata.uid = newValue.rawValue }
    }

    package var fullName: PodFullName { PodFullName(name: metadata.name, namespace: metadata.namespace) }
}
