/// Why a document could not be read, and where.
package struct DocumentError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var mark: SourceMark?

    package init(message: String, mark: SourceMark?) {
        self.message = message
        self.mark = mark
    }

    /// `line:column: message`.
    package var description: String {
        mark.map { "\($0): \(message)" } ?? message
    }
}
