import Glibc

/// A file that is written in place, piece by piece, and stays open meanwhile.
final class SlowWriter {
    private var descriptor: Int32

    /// Empties the file.
    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Command.Failure(description: "cannot open \(path): error \(errno)") }
    }

    deinit { close() }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw Command.Failure(description: "cannot write: error \(errno)") }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
