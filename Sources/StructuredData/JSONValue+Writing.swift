extension JSONValue {
    /// The value as compact JSON, members in their order.
    package func serialized() -> [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// The value as compact JSON text.
    package var serializedString: String {
        String(decoding: serialized(), as: UTF8.self)
    }

    /// Appends the value as compact JSON.
    package func write(into output: inout [UInt8]) {
        var writer = JSONWriter(output: output)
        output = []
        writer.write(self)
        output = writer.output
    }

    /// The value as compact JSON with members sorted by name: equal values give equal bytes.
    package var canonicalBytes: [UInt8] {
        var writer = JSONWriter()
        writer.sortsKeys = true
        writer.write(self)
        return writer.output
    }

    /// The value over several lines, indented by four spaces as kubectl does.
    package func prettyPrinted() -> String {
        var writer = JSONWriter()
        writer.indentation = 4
        writer.write(self)
        return String(decoding: writer.output, as: UTF8.self)
    }
}

/// Appends JSON text to a buffer.
package struct JSONWriter {
    package var output: [UInt8]
    /// Spaces of one level; 0 writes everything on one line.
    package var indentation = 0
    package var sortsKeys = false
    private var level = 0

    package init(output: [UInt8] = []) {
        self.output = output
    }

    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            writeGroup(elements, open: UInt8(ascii: "["), close: UInt8(ascii: "]")) { $0.write($1) }
        case .object(let object):
            let members = sortsKeys ? object.members.sorted { $0.key < $1.key } : object.members
            writeGroup(members, open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { writer, member in
                writer.write(member.key)
                writer.output.append(UInt8(ascii: ":"))
                if writer.indentation > 0 { writer.output.append(UInt8(ascii: " ")) }
                writer.write(member.value)
            }
        }
    }

    /// Writes a quoted, escaped string.
    package mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var runStart = 0
            for (index, byte) in bytes.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                output.append(contentsOf: bytes[runStart..<index])
                writeEscape(byte)
                runStart = index + 1
            }
            output.append(contentsOf: bytes[runStart...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        default:
            append(byte < 0x10 ? "u000" : "u00")
            append(String(byte, radix: 16))
        }
    }

    /// JSON knows neither infinity nor NaN: they become null. Whole numbers lose their `.0`, as in Go.
    private mutating func write(_ value: Double) {
        guard value.isFinite else { return append("null") }
        let text = value.description
        append(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    private mutating func writeGroup<Element>(
        _ elements: [Element], open: UInt8, close: UInt8, _ body: (inout JSONWriter, Element) -> Void
    ) {
        output.append(open)
        level += 1
        var isFirst = true
        for element in elements {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            writeLineBreak()
            body(&self, element)
        }
        level -= 1
        if !elements.isEmpty { writeLineBreak() }
        output.append(close)
    }

    private mutating func writeLineBreak() {
        guard indentation > 0 else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * indentation))
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }
}
