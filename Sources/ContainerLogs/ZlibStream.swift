import CZlib

/// A stream of zlib's, which lasts as long as its owner.
struct ZlibStream: ~Copyable {
    /// zlib keeps its address.
    let pointer: UnsafeMutablePointer<z_stream>
    private let end: (z_streamp) -> Int32

    /// - Parameters:
    ///   - operation: what it is for, in errors.
    ///   - begin: sets it up.
    ///   - end: frees what zlib has for it.
    /// - Throws: `GzipError` when zlib can't set it up.
    init(_ operation: String, begin: (z_streamp) -> Int32, end: @escaping (z_streamp) -> Int32) throws {
        let pointer = z_streamp.allocate(capacity: 1)
        pointer.initialize(to: z_stream())
        let status = begin(pointer)
        guard status == Z_OK else {
            pointer.deallocate()
            throw GzipError("begin to \(operation)", status)
        }
        self.pointer = pointer
        self.end = end
    }

    deinit {
        _ = end(pointer)
        pointer.deallocate()
    }
}
