/// A file of environment variables, of which containers take single ones (upstream: `pkg/kubelet/util/env`).
///
/// It is written in a small part of the shell's language:
///
/// ```
/// # comment
/// NAME='anything but a quote,
/// over several lines'   # comment
/// EMPTY= 'as in the shell, this is no value'
/// ```
package struct EnvironmentFile: Sendable {
    /// Why the file can't be read; without what is in it, which may be secret.
    package struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// The longest line that upstream's reader takes, with its end.
    private static let maximumLine = 65_536

    private let lines: [ArraySlice<UInt8>]

    package init(_ bytes: [UInt8]) {
        var lines = bytes.split(separator: .newline, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
    }

    /// The first value of a variable. What comes behind it isn't looked at.
    /// - Returns: `nil` for a variable that isn't there.
    package func value(of name: String) throws(Malformed) -> String? {
        var index = 0
        while index < lines.count {
            let start = index
            let line = try self.line(index).drop(while: \.isBlank)
            index += 1
            guard let first = line.first, first != .hash else { continue }
            let (variable, rest) = try Self.assignment(line, at: start)
            // As in the shell, a blank ends the value before it has begun.
            if rest.first?.isBlank == true {
                if variable.elementsEqual(name.utf8) { return "" }
                continue
            }
            guard rest.first == .quote else { throw Self.malformed(start, "value must be enclosed in single quotes") }
            let value = try quoted(rest.dropFirst(), from: start, next: &index)
            if variable.elementsEqual(name.utf8) { return String(decoding: value, as: UTF8.self) }
        }
        return nil
    }

    /// What is before and behind the equals sign.
    private static func assignment(
        _ line: ArraySlice<UInt8>, at index: Int
    ) throws(Malformed) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        guard let equals = line.firstIndex(of: .equals) else { throw malformed(index, "missing '='") }
        guard let last = line[..<equals].last else { throw malformed(index, "empty variable name") }
        guard !last.isBlank else { throw malformed(index, "whitespace before '=' is not allowed") }
        return (line[..<equals], line[(equals + 1)...])
    }

    /// Reads up to the closing quote.
    /// - Parameters:
    ///   - text: what is behind the opening quote on its line.
    ///   - index: the next line, which moves on with what is read.
    private func quoted(
        _ text: ArraySlice<UInt8>, from start: Int, next index: inout Int
    ) throws(Malformed) -> [UInt8] {
        var value: [UInt8] = []
        var rest = text
        while true {
            if let quote = rest.firstIndex(of: .quote) {
                let behind = rest[(quote + 1)...].drop(while: \.isBlank)
                guard behind.isEmpty || behind.first == .hash else {
                    throw Self.malformed(index - 1, "unexpected content after closing quote")
                }
                return value + rest[..<quote]
            }
            value += rest + [.newline]
            guard index < lines.count else {
                throw Malformed(
                    description: "invalid environment variable format starting at line \(start + 1): "
                        + "unclosed single quote")
            }
            rest = try line(index)
            index += 1
        }
    }

    /// A line without its end.
    private func line(_ index: Int) throws(Malformed) -> ArraySlice<UInt8> {
        let line = lines[index]
        guard line.count < Self.maximumLine else {
            throw Self.malformed(index, "the line is longer than \(Self.maximumLine - 1) bytes")
        }
        return line.last == .carriageReturn ? line.dropLast() : line
    }

    private static func malformed(_ index: Int, _ problem: String) -> Malformed {
        Malformed(description: "invalid environment variable format at line \(index + 1): \(problem)")
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let hash = UInt8(ascii: "#")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let quote = UInt8(ascii: "'")

    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
