/// One thing wrong with a decoded document.
package struct DecodingIssue: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case unknownField
        case duplicateField
        case wrongType
        case missing
        case invalidValue
    }

    package var path: FieldPath
    package var message: String
    /// Nil when the value did not come from a text.
    package var mark: SourceMark?
    package var kind: Kind

    package init(path: FieldPath, message: String, mark: SourceMark? = nil, kind: Kind) {
        self.path = path
        self.message = message
        self.mark = mark
        self.kind = kind
    }

    /// Path and message, without the mark.
    package var description: String {
        path.components.isEmpty ? message : "\(path): \(message)"
    }
}

/// A decoded value with everything that was wrong on the way.
///
/// The value is as complete as the input allowed: a field with an issue keeps its default.
package struct Decoded<Value: Sendable>: Sendable {
    package var value: Value
    package var issues: [DecodingIssue]

    /// The value, if only unknown or repeated fields were wrong, which upstream's lenient decoder lets pass.
    ///
    /// - Throws: `FieldDecodingError` with all the other issues.
    package func lenient() throws(FieldDecodingError) -> Value {
        let fatal = issues.filter { $0.kind != .unknownField && $0.kind != .duplicateField }
        guard fatal.isEmpty else { throw FieldDecodingError(issues: fatal) }
        return value
    }

    /// The value, if nothing at all was wrong.
    ///
    /// - Throws: `FieldDecodingError` with all issues.
    package func strict() throws(FieldDecodingError) -> Value {
        guard issues.isEmpty else { throw FieldDecodingError(issues: issues) }
        return value
    }
}

/// Why a value could not be decoded.
package struct FieldDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
    package var issues: [DecodingIssue]

    package init(issues: [DecodingIssue]) {
        self.issues = issues
    }

    package var description: String {
        issues.map(\.description).joined(separator: "; ")
    }
}
