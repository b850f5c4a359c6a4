import StructuredData

/// Which values fields of objects must have. Only the fields that a resource offers can be asked for.
struct FieldSelector: Sendable, Hashable {
    struct Requirement: Sendable, Hashable {
        var field: String
        var value: String
        var mustEqual: Bool
    }

    var requirements: [Requirement]

    var isEmpty: Bool { requirements.isEmpty }

    /// - Throws: `APIError` with code `badRequest`.
    init(parsing text: String) throws(APIError) {
        requirements = []
        for term in Self.terms(text) where !term.isEmpty {
            guard let match = Self.split(term) else {
                throw APIError(.badRequest, "invalid selector: '\(text)'; can't understand '\(term)'")
            }
            requirements.append(match)
        }
    }

    /// The value that the selector demands of a field, if it demands one.
    func requiredValue(_ field: String) -> String? {
        requirements.first { $0.field == field && $0.mustEqual }?.value
    }

    /// - Throws: `APIError` with code `badRequest` when the resource doesn't offer one of the fields.
    func check(offered: Set<String>) throws(APIError) {
        for requirement in requirements where !offered.contains(requirement.field) {
            throw APIError(.badRequest, "field label not supported: \(requirement.field)")
        }
    }

    /// - Parameter field: the value of a field; empty for one that isn't there.
    func matches(_ field: (String) -> String) -> Bool {
        requirements.allSatisfy { (field($0.field) == $0.value) == $0.mustEqual }
    }

    private static func split(_ term: String) -> Requirement? {
        for (sign, mustEqual) in [("!=", false), ("==", true), ("=", true)] {
            if let range = term.firstRange(of: sign) {
                return Requirement(
                    field: String(term[..<range.lowerBound]), value: unescaped(term[range.upperBound...]),
                    mustEqual: mustEqual)
            }
        }
        return nil
    }

    /// The parts between commas that no backslash protects.
    private static func terms(_ text: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return terms
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
