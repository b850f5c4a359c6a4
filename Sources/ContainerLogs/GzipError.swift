import CZlib

/// Why zlib did not do what it was asked.
package struct GzipError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The bytes are not those of a gzip file, or were changed.
        case invalidData
        case outOfMemory
        case failed
    }

    package let code: Code
    package let description: String

    init(_ operation: String, _ status: Int32, message: UnsafePointer<CChar>? = nil) {
        switch status {
        case Z_DATA_ERROR: code = .invalidData
        case Z_MEM_ERROR: code = .outOfMemory
        default: code = .failed
        }
        let cause = message.map { String(cString: $0) } ?? "zlib says \(status)"
        description = "cannot \(operation): \(cause)"
    }
}
