import Glibc
import HostSystem
import Synchronization

/// Makes a compressed file of a rotated one. All calls block, but for no longer than a piece takes.
///
/// Until it is finished the result has another name, so that half of it is never taken for the whole; one that is not
/// finished is gone with this object.
final class LogCompression: Sendable {
    private static let pieceSize = 65_536

    private struct State: ~Copyable {
        var compressor: GzipCompressor
        var offset: Int64 = 0
    }

    private let path: String
    private let temporaryPath: String
    private let source: FileDescriptor
    private let target: FileDescriptor
    private let attributes: HostFiles.Attributes
    private let state: Mutex<State>

    /// - Throws: `HostSystemError`, with code `notFound` when the file is gone.
    init(path: String) throws {
        self.path = path
        temporaryPath = path + RotatedLog.temporarySuffix
        source = try FileDescriptor(path: path, flags: O_RDONLY)
        attributes = try source.attributes(path: path)
        target = try FileDescriptor(
            path: temporaryPath, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600, operation: "create")
        state = Mutex(State(compressor: try GzipCompressor()))
    }

    deinit { unlink(temporaryPath) }

    /// Whether the runtime has not written its last to the file yet.
    var isTooEarly: Bool { source.isOpenForWriting() }

    /// Compresses one piece. Returns whether that was not the last.
    func step() throws -> Bool {
        try state.withLock { state in
            let bytes = try source.read(at: state.offset, count: Self.pieceSize, path: path)
            state.offset += Int64(bytes.count)
            try state.compressor.compress(bytes, isLast: bytes.isEmpty) { part in
                try target.writeAll(part, path: temporaryPath)
            }
            return !bytes.isEmpty
        }
    }

    /// Puts the result in the place of the file, with its owner, its mode and its time.
    ///
    /// When the file was removed meanwhile, nothing is left of it.
    func finish() throws {
        guard fchown(target.number, attributes.userID, attributes.groupID) == 0,
            fchmod(target.number, mode_t(attributes.mode)) == 0
        else { throw HostSystemError.system("set the mode of", temporaryPath) }
        var times = [timespec(nanoseconds: attributes.modifiedAt), timespec(nanoseconds: attributes.modifiedAt)]
        // The source is removed, so the power may fail only when there is something in its place.
        guard futimens(target.number, &times) == 0, fdatasync(target.number) == 0 else {
            throw HostSystemError.system("sync", temporaryPath)
        }
        let compressed = path + RotatedLog.compressedSuffix
        try HostFiles.rename(temporaryPath, to: compressed)
        guard unlink(path) != 0 else { return }
        let failure = errno
        try HostFiles.remove(compressed)
        guard failure == ENOENT else { throw HostSystemError.system("remove", path, errorNumber: failure) }
    }
}

extension timespec {
    fileprivate init(nanoseconds: Int64) {
        self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}

extension ContainerLogHost {
    /// Compresses a rotated file, piece by piece, so that others who wait for the thread come in between.
    ///
    /// Does nothing when the file is gone, or somebody can still write to it.
    package func compress(_ path: String) async throws {
        do {
            let compression = try await blocking { try LogCompression(path: path) }
            if try await blocking({ compression.isTooEarly }) { return }
            while try await blocking({ try compression.step() }) { try Task.checkCancellation() }
            try await blocking { try compression.finish() }
        } catch let error as HostSystemError where error.code == .notFound {}
    }
}
