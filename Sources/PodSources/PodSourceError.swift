/// Why a source of pods can't be used at all.
package struct PodSourceError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case invalidURL
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
