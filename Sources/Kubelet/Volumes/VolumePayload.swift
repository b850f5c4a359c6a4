import KubernetesAPI

/// The files that a volume shows, by their paths in it.
struct VolumePayload: Sendable, Hashable {
    struct File: Sendable, Hashable {
        var bytes: [UInt8]
        /// Permission bits.
        var mode: UInt32
    }

    var files: [String: File] = [:]
}

/// Makes the payload of volumes whose files come from elsewhere than the volume itself: pure.
///
/// A source that names other objects would bring what it finds there; the only one that static pods may have is the pod
/// itself.
struct VolumeSources: Sendable {
    let fields: PodFields

    private static let defaultMode: Int32 = 0o644

    /// The files of a volume; `nil` for one that is not made of files.
    func payload(of volume: Volume) throws -> VolumePayload? {
        if let source = volume.downwardAPI { return try payload(of: source) }
        return try volume.projected.map(payload)
    }

    func payload(of source: DownwardAPIVolumeSource) throws -> VolumePayload {
        try payload(of: source.items, defaultMode: source.defaultMode ?? Self.defaultMode)
    }

    /// The files of all sources; of two with one path the later one is there.
    func payload(of source: ProjectedVolumeSource) throws -> VolumePayload {
        var payload = VolumePayload()
        for projection in source.sources {
            guard let own = projection.downwardAPI else {
                throw VolumeError(.unsupported, "cannot project a source that is not downwardAPI")
            }
            let files = try self.payload(of: own.items, defaultMode: source.defaultMode ?? Self.defaultMode).files
            payload.files.merge(files) { $1 }
        }
        return payload
    }

    private func payload(of items: [DownwardAPIVolumeFile], defaultMode: Int32) throws -> VolumePayload {
        var payload = VolumePayload()
        for item in items {
            let mode = UInt32(clamping: item.mode ?? defaultMode)
            payload.files[try Self.clean(item.path)] = VolumePayload.File(
                bytes: Array(try text(of: item).utf8), mode: mode)
        }
        return payload
    }

    private func text(of item: DownwardAPIVolumeFile) throws -> String {
        do {
            if let field = item.fieldRef { return try fields.metadata(field) }
            if let resource = item.resourceFieldRef { return try fields.amount(resource, default: nil) }
            throw PodFields.Unknown("it has no source")
        } catch let error as PodFields.Unknown {
            throw VolumeError(.unsupported, "cannot write file \(item.path): \(error)")
        }
    }

    /// The path without what means nothing.
    /// - Throws: for a path that leads out of the volume, or into what the writer keeps for itself.
    static func clean(_ path: String) throws -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !path.hasPrefix("/"), let first = parts.first, !first.hasPrefix(".."), !parts.contains("..") else {
            throw VolumeError(.unsupported, "cannot write file \(path): the path is not one within the volume")
        }
        return parts.joined(separator: "/")
    }
}
