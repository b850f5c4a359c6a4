import StructuredData

/// Which labels objects must have (apimachinery/pkg/labels/selector.go).
struct LabelSelector: Sendable, Hashable {
    enum Requirement: Sendable, Hashable {
        case exists(String)
        case missing(String)
        case oneOf(String, Set<String>)
        /// Also fulfilled by an object without the label.
        case noneOf(String, Set<String>)
        case greater(String, Int64)
        case less(String, Int64)
    }

    var requirements: [Requirement]

    var isEmpty: Bool { requirements.isEmpty }

    /// - Throws: `APIError` with code `badRequest`.
    init(parsing text: String) throws(APIError) {
        var scanner = SelectorScanner(text)
        requirements = []
        while !scanner.isAtEnd {
            requirements.append(try scanner.requirement())
            guard scanner.skip(",") || scanner.isAtEnd else { throw scanner.error("expected ','") }
        }
    }

    func matches(_ object: JSONValue) -> Bool {
        if requirements.isEmpty { return true }
        let labels = object.value(at: "metadata", "labels")
        return requirements.allSatisfy { Self.isFulfilled($0) { labels?[$0]?.stringValue } }
    }

    private static func isFulfilled(_ requirement: Requirement, _ label: (String) -> String?) -> Bool {
        switch requirement {
        case .exists(let key): label(key) != nil
        case .missing(let key): label(key) == nil
        case .oneOf(let key, let values): label(key).map(values.contains) ?? false
        case .noneOf(let key, let values): !(label(key).map(values.contains) ?? false)
        case .greater(let key, let bound): label(key).flatMap { Int64($0) }.map { $0 > bound } ?? false
        case .less(let key, let bound): label(key).flatMap { Int64($0) }.map { $0 < bound } ?? false
        }
    }
}

private struct SelectorScanner {
    private let source: String
    private var rest: Substring

    init(_ text: String) {
        source = text
        rest = text[...]
        skipSpaces()
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ word: String) -> Bool {
        guard rest.hasPrefix(word) else { return false }
        rest = rest.dropFirst(word.count)
        skipSpaces()
        return true
    }

    func error(_ problem: String) -> APIError {
        APIError(.badRequest, "unable to parse requirement: \(problem), found '\(rest)' in \"\(source)\"")
    }

    mutating func requirement() throws(APIError) -> LabelSelector.Requirement {
        if skip("!") { return .missing(try key()) }
        let key = try key()
        if skip("!=") { return .noneOf(key, [word()]) }
        if skip("==") || skip("=") { return .oneOf(key, [word()]) }
        if skip(">") { return .greater(key, try number()) }
        if skip("<") { return .less(key, try number()) }
        if isAtEnd || rest.first == "," { return .exists(key) }
        switch word() {
        case "in": return .oneOf(key, try values())
        case "notin": return .noneOf(key, try values())
        default: throw error("expected an operator behind '\(key)'")
        }
    }

    private mutating func key() throws(APIError) -> String {
        let key = word()
        guard !key.isEmpty else { throw error("expected a label key") }
        return key
    }

    private mutating func number() throws(APIError) -> Int64 {
        guard let number = Int64(word()) else { throw error("expected a number") }
        return number
    }

    private mutating func values() throws(APIError) -> Set<String> {
        guard skip("(") else { throw error("expected '('") }
        var values: Set<String> = []
        repeat { values.insert(word()) } while skip(",")
        guard skip(")") else { throw error("expected ')'") }
        return values
    }

    private mutating func word() -> String {
        let word = rest.prefix { !"=!<>,() \t".contains($0) }
        rest = rest.dropFirst(word.count)
        skipSpaces()
        return String(word)
    }

    private mutating func skipSpaces() {
        rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
    }
}
