import CZlib

/// Makes a gzip file of bytes that come in pieces.
final class GzipCompressor {
    private static let bufferSize = 32_768

    private let zlib: ZlibStream

    init() throws {
        zlib = try ZlibStream("compress", begin: { swiftlet_deflate_init($0) }, end: { deflateEnd($0) })
    }

    private var stream: UnsafeMutablePointer<z_stream> { zlib.pointer }

    /// Takes a piece, and hands on what is compressed by then.
    /// - Parameter isLast: nothing follows; all is handed on.
    func compress(_ bytes: [UInt8], isLast: Bool, to output: ([UInt8]) throws -> Void) throws {
        var input = bytes
        try input.withUnsafeMutableBufferPointer { buffer in
            stream.pointee.next_in = buffer.baseAddress
            stream.pointee.avail_in = uInt(buffer.count)
            // zlib has taken everything when it leaves room in the buffer.
            while try step(isLast, output) {}
        }
    }

    private func step(_ isLast: Bool, _ output: ([UInt8]) throws -> Void) throws -> Bool {
        var status = Z_OK
        let part = [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { buffer, filled in
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = uInt(buffer.count)
            status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            filled = buffer.count - Int(stream.pointee.avail_out)
        }
        // Z_BUF_ERROR only tells that there was nothing to do.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw GzipError("compress", status, message: stream.pointee.msg)
        }
        if !part.isEmpty { try output(part) }
        return part.count == Self.bufferSize
    }
}
