/// Writes values as D-Bus has them: each at a multiple of its alignment from the start.
struct DBusWriter {
    var bytes: [UInt8] = []

    mutating func align(_ boundary: Int) {
        while bytes.count % boundary != 0 { bytes.append(0) }
    }

    mutating func write(_ number: UInt32) {
        align(4)
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    mutating func write(_ number: UInt64) {
        align(8)
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    mutating func write(_ value: DBusValue) {
        switch value {
        case .string(let text), .objectPath(let text): write(text)
        case .signature(let text): write(signature: text)
        case .boolean(let isTrue): write(UInt32(isTrue ? 1 : 0))
        case .uint32(let number): write(number)
        case .uint64(let number): write(number)
        case .strings(let texts): array(alignment: 4) { writer in for text in texts { writer.write(text) } }
        }
    }

    mutating func variant(_ value: DBusValue) {
        write(signature: value.signature)
        write(value)
    }

    /// - Parameter alignment: of the elements, which doesn't count into the array's length.
    mutating func array(alignment: Int, _ elements: (inout DBusWriter) -> Void) {
        write(UInt32(0))
        let place = bytes.count - 4
        align(alignment)
        let start = bytes.count
        elements(&self)
        withUnsafeBytes(of: UInt32(bytes.count - start).littleEndian) { length in
            for (index, byte) in length.enumerated() { bytes[place + index] = byte }
        }
    }

    private mutating func write(signature: String) {
        bytes.append(UInt8(signature.utf8.count))
        bytes += signature.utf8
        bytes.append(0)
    }
}

/// Reads what `DBusWriter` writes; what doesn't fit into the bytes is `nil`.
struct DBusReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position = 0

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, position + count <= bytes.count else { return false }
        position += count
        return true
    }

    mutating func align(_ boundary: Int) -> Bool { skip((boundary - position % boundary) % boundary) }

    mutating func byte() -> UInt8? {
        let start = bytes.startIndex + position
        return skip(1) ? bytes[start] : nil
    }

    mutating func uint32() -> UInt32? { align(4) ? number(4).map { UInt32(truncatingIfNeeded: $0) } : nil }

    mutating func variant() -> DBusValue? { signature().flatMap { value(of: $0) } }

    mutating func value(of type: String) -> DBusValue? {
        switch type {
        case "s": uint32().flatMap { text(Int($0)) }.map(DBusValue.string)
        case "o": uint32().flatMap { text(Int($0)) }.map(DBusValue.objectPath)
        case "g": signature().map(DBusValue.signature)
        case "b": uint32().map { .boolean($0 != 0) }
        case "u": uint32().map(DBusValue.uint32)
        case "t": align(8) ? number(8).map(DBusValue.uint64) : nil
        default: nil
        }
    }

    private mutating func signature() -> String? { byte().flatMap { text(Int($0)) } }

    private mutating func number(_ width: Int) -> UInt64? {
        let start = bytes.startIndex + position
        guard skip(width) else { return nil }
        return bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// So many bytes and the zero after them.
    private mutating func text(_ count: Int) -> String? {
        let start = bytes.startIndex + position
        guard skip(count), skip(1) else { return nil }
        return String(decoding: bytes[start..<start + count], as: UTF8.self)
    }
}
