/// Why the store did not do what it was asked.
package struct ObjectStoreError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case notFound
        case alreadyExists
        /// The object is no longer at the expected revision.
        case conflict
        /// The revision is older than the store remembers, or newer than it ever was.
        case expired
        /// Another process has the file open.
        case locked
        /// The file is no database, is damaged, or was written by a newer version.
        case unusable
        /// The disk is full, an I/O error, or anything else that SQLite reports.
        case failed
    }

    package let code: Code
    /// Operation, object and cause, in lower case.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
