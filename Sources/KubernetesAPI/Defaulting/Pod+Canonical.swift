internal import StructuredData

extension Pod {
    /// What of a manifest decides how its pod runs: labels, annotations and spec, with defaults removed.
    ///
    /// Two manifests that mean the same have the same canonical pod, whatever their layout, notation of amounts and
    /// spelled-out defaults. Removing defaults, rather than setting them, keeps it the same when a later version
    /// knows more fields.
    package var canonical: Pod {
        var defaulted = self
        defaulted.setDefaults()
        var pod = Pod()
        pod.metadata.name = metadata.name
        pod.metadata.namespace = metadata.namespace
        pod.metadata.labels = metadata.labels
        pod.metadata.annotations = metadata.annotations.filter { !$0.key.hasPrefix("kubernetes.io/config.") }
        pod.spec = defaulted.spec
        pod.spec.removeDefaults()
        return pod
    }

    /// The semantic identity H of a manifest: 32 hexadecimal digits over the canonical labels, annotations and spec.
    ///
    /// It is stored on nodes and must never change for a manifest; golden vectors guard it. To be taken of the pod as
    /// the manifest has it, before node name and the like are filled in.
    package var semanticHash: String {
        let pod = canonical
        var document: JSONValue = ["spec": pod.spec.encoded()]
        if !pod.metadata.labels.isEmpty { document["labels"] = pod.metadata.labels.encoded() }
        if !pod.metadata.annotations.isEmpty { document["annotations"] = pod.metadata.annotations.encoded() }
        document.removeEmptyResources()
        return FNV1a128.hexadecimal(of: document.canonicalBytes)
    }
}

extension JSONValue {
    /// `resources` is always encoded; an empty one means nothing.
    fileprivate mutating func removeEmptyResources() {
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            guard case .array(var containers)? = value(at: "spec", list) else { continue }
            for index in containers.indices where containers[index]["resources"]?.objectValue?.isEmpty == true {
                containers[index]["resources"] = nil
            }
            set(.array(containers), at: "spec", list)
        }
    }
}

/// The 128-bit FNV-1a hash: well spread and the same everywhere, but no defence against forgery.
package enum FNV1a128 {
    package static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        let prime: UInt128 = (1 << 88) + 0x13B
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for byte in bytes {
            hash ^= UInt128(byte)
            hash = hash &* prime
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
