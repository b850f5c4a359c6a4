import Glibc
import HostSystem
import Synchronization

/// The text of a compressed log file, read from front to back. All calls block.
///
/// Of a file that is damaged or cut off, the text up to there is all there is.
package final class GzipLogFile: Sendable {
    private static let inputSize = 16_384

    private struct State: ~Copyable {
        var decompressor: GzipDecompressor
        var offset: Int64 = 0
        var isDamaged = false
    }

    package let path: String
    /// Nanoseconds since 1970: that of the file it was made of.
    let modifiedAt: Int64
    private let file: FileDescriptor
    private let state: Mutex<State>

    /// - Throws: `HostSystemError`, with code `notFound` when nothing is there.
    init(path: String) throws {
        file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
        modifiedAt = try file.attributes(path: path).modifiedAt
        self.path = path
        state = Mutex(State(decompressor: try GzipDecompressor()))
    }

    /// The next bytes of text; none at the end.
    package func read(count: Int = LogFile.blockSize) throws -> [UInt8] {
        try state.withLock { state in
            guard !state.isDamaged else { return [] }
            do {
                return try state.decompressor.read(count) {
                    let bytes = try file.read(at: state.offset, count: Self.inputSize, path: path)
                    state.offset += Int64(bytes.count)
                    return bytes
                }
            } catch let error as GzipError where error.code == .invalidData {
                state.isDamaged = true
                return []
            }
        }
    }

    /// Goes back to the beginning.
    package func rewind() {
        state.withLock { state in
            state.decompressor.reset()
            state.offset = 0
            state.isDamaged = false
        }
    }
}
