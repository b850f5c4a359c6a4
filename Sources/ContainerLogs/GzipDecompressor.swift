import CZlib

/// Gives the text of a gzip file back in pieces. Several of them one after the other are one text, as gzip(1) has it.
final class GzipDecompressor {
    private let zlib: ZlibStream
    private var input: [UInt8] = []
    /// How much of `input` zlib has taken.
    private var taken = 0

    init() throws {
        zlib = try ZlibStream("decompress", begin: { swiftlet_inflate_init($0) }, end: { inflateEnd($0) })
    }

    private var stream: UnsafeMutablePointer<z_stream> { zlib.pointer }

    /// Begins anew with the first byte of a file.
    func reset() {
        inflateReset(stream)
        input = []
        taken = 0
    }

    /// The next bytes of text, at most `count`; none at the end.
    /// - Parameter more: reads on in the file; nothing at its end.
    func read(_ count: Int, from more: () throws -> [UInt8]) throws -> [UInt8] {
        while true {
            if taken == input.count {
                input = try more()
                taken = 0
                guard !input.isEmpty else { return [] }
            }
            let text = try inflatePiece(count)
            if !text.isEmpty { return text }
        }
    }

    private func inflatePiece(_ count: Int) throws -> [UInt8] {
        var status = Z_OK
        let text = [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            input.withUnsafeMutableBufferPointer { bytes in
                stream.pointee.next_in = bytes.baseAddress?.advanced(by: taken)
                stream.pointee.avail_in = uInt(bytes.count - taken)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = uInt(output.count)
                status = inflate(stream, Z_NO_FLUSH)
                taken = bytes.count - Int(stream.pointee.avail_in)
            }
            filled = output.count - Int(stream.pointee.avail_out)
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: inflateReset(stream)
        default: throw GzipError("decompress", status, message: stream.pointee.msg)
        }
        return text
    }
}
