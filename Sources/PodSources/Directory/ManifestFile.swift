import Glibc
import HostSystem

/// Tells one state of a file from another without reading it.
struct FileFingerprint: Sendable, Hashable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var modifiedAt: Int64
    /// Nanoseconds since 1970.
    var changedAt: Int64

    init(_ attributes: HostFiles.Attributes) {
        device = attributes.device
        inode = attributes.inode
        size = attributes.size
        modifiedAt = attributes.modifiedAt
        changedAt = attributes.changedAt
    }
}

/// One look at a file that may hold a manifest.
enum ManifestFile: Sendable {
    /// Nothing is there.
    case absent
    /// A directory; also a link to one.
    case directory
    /// Nothing that is read: a socket, a device….
    case otherKind
    /// As it was when the fingerprint was taken.
    case unchanged
    /// Somebody has it open for writing or changed it meanwhile: its close will be told.
    case busy
    case tooLarge(Int64, FileFingerprint)
    /// Whether the file is there, or what is in it, can't be known.
    case unreadable(HostSystemError)
    case content([UInt8], FileFingerprint)

    /// Looks at a file and reads it. Blocks.
    /// - Parameters:
    ///   - known: the fingerprint of what has been read already; nil reads in any case.
    ///   - evenIfBusy: also reads what somebody is writing.
    init(reading path: String, limit: Int, unless known: FileFingerprint?, evenIfBusy: Bool = false) {
        do {
            self = try Self.read(path, limit: limit, unless: known, evenIfBusy: evenIfBusy)
        } catch let error as HostSystemError where error.code == .notFound {
            // A link that leads nowhere is not a file that was taken away.
            self = (try? HostFiles.attributes(path, followingLinks: false)) == .some(nil) ? .absent : .unreadable(error)
        } catch let error as HostSystemError {
            self = .unreadable(error)
        } catch {
            self = .unreadable(HostSystemError(.failed, "cannot read \(path): \(error)"))
        }
    }

    private static func read(
        _ path: String, limit: Int, unless known: FileFingerprint?, evenIfBusy: Bool
    ) throws -> ManifestFile {
        guard let attributes = try HostFiles.attributes(path) else {
            throw HostSystemError(.notFound, "cannot read \(path): the link leads nowhere")
        }
        switch attributes.kind {
        case .file: break
        case .directory: return .directory
        default: return .otherKind
        }
        let fingerprint = FileFingerprint(attributes)
        if fingerprint == known { return .unchanged }
        if attributes.size > limit { return .tooLarge(attributes.size, fingerprint) }
        if !evenIfBusy && HostFiles.isOpenForWriting(path) { return .busy }
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read(path, limit: limit)
        } catch let error as HostSystemError where error.code == .tooLarge {
            return .busy
        }
        if evenIfBusy { return .content(bytes, fingerprint) }
        // Half a manifest is often a valid one, so only a file that stood still is believed.
        guard let after = try HostFiles.attributes(path), FileFingerprint(after) == fingerprint else { return .busy }
        return .content(bytes, fingerprint)
    }
}
