package import StructuredData

/// One thing that validation has against an object, in upstream's form.
package struct FieldIssue: Error, Sendable, Hashable, CustomStringConvertible {
    package var path: FieldPath
    /// `Required value`, `Invalid value: "x": why`….
    package var message: String

    package init(path: FieldPath, message: String) {
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}

/// Collects issues in the forms of `k8s.io/apimachinery/pkg/util/validation/field`.
struct IssueCollector {
    private(set) var issues: [FieldIssue] = []

    mutating func required(_ path: FieldPath, _ detail: String = "") {
        add(path, "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
    }

    mutating func invalid(_ path: FieldPath, _ value: String, _ detail: String) {
        add(path, "Invalid value: \(Self.quoted(value)): \(detail)")
    }

    mutating func invalid(_ path: FieldPath, _ value: some BinaryInteger, _ detail: String) {
        add(path, "Invalid value: \(value): \(detail)")
    }

    /// For values that are neither texts nor numbers.
    mutating func invalid(_ path: FieldPath, json value: JSONValue, _ detail: String) {
        add(path, "Invalid value: \(value.serializedString): \(detail)")
    }

    /// - Parameter supported: in the order that upstream names them in.
    mutating func notSupported(_ path: FieldPath, _ value: some CustomStringConvertible, _ supported: [String]) {
        let list = supported.map(Self.quoted).joined(separator: ", ")
        add(path, "Unsupported value: \(Self.quoted(value.description)): supported values: \(list)")
    }

    mutating func duplicate(_ path: FieldPath, _ value: String) {
        add(path, "Duplicate value: \(Self.quoted(value))")
    }

    mutating func notFound(_ path: FieldPath, _ value: String) {
        add(path, "Not found: \(Self.quoted(value))")
    }

    mutating func forbidden(_ path: FieldPath, _ detail: String) {
        add(path, "Forbidden: \(detail)")
    }

    mutating func tooMany(_ path: FieldPath, _ count: Int, limit: Int) {
        add(path, "Too many: \(count): must have at most \(limit) items")
    }

    mutating func tooLong(_ path: FieldPath, limit: Int) {
        add(path, "Too long: may not be more than \(limit) bytes")
    }

    /// Notes the value as invalid if the rule finds fault with it.
    mutating func check(_ path: FieldPath, _ value: String, _ rule: (String) -> String?) {
        if let detail = rule(value) { invalid(path, value, detail) }
    }

    /// Notes the value as required if it is empty, otherwise as invalid if the rule finds fault with it.
    mutating func checkRequired(_ path: FieldPath, _ value: String, _ rule: (String) -> String? = { _ in nil }) {
        if value.isEmpty { required(path) } else { check(path, value, rule) }
    }

    /// Notes a word that is none of the known ones: missing or not supported.
    mutating func checkWord<Word: StringFieldValue>(_ path: FieldPath, _ word: Word, _ supported: [Word]) {
        if word.rawValue.isEmpty { required(path) } else { checkKnown(path, word, supported) }
    }

    /// Notes a word that is none of the known ones; an empty one is not known either.
    mutating func checkKnown<Word: StringFieldValue>(_ path: FieldPath, _ word: Word, _ supported: [Word]) {
        if !supported.contains(word) { notSupported(path, word, supported.map(\.rawValue)) }
    }

    mutating func checkNotNegative(_ path: FieldPath, _ value: some BinaryInteger) {
        if value < 0 { invalid(path, value, NameRules.notNegative) }
    }

    private mutating func add(_ path: FieldPath, _ message: String) {
        issues.append(FieldIssue(path: path, message: message))
    }

    private static func quoted(_ text: String) -> String {
        JSONValue.string(text).serializedString
    }
}
