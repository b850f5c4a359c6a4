/// A value of D-Bus, as far as systemd is told and asked of units.
package enum DBusValue: Sendable, Hashable {
    case string(String)
    case objectPath(String)
    case signature(String)
    case boolean(Bool)
    case uint32(UInt32)
    case uint64(UInt64)
    case strings([String])

    /// Its type in D-Bus's notation.
    var signature: String {
        switch self {
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .boolean: "b"
        case .uint32: "u"
        case .uint64: "t"
        case .strings: "as"
        }
    }
}

/// A message of D-Bus in its binary form, little-endian (the "Message Protocol" of the D-Bus specification).
struct DBusMessage: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case methodCall = 1
        case methodReturn = 2
        case error = 3
        case signal = 4
    }

    var kind: Kind
    var serial: UInt32
    /// The header's fields by their codes.
    var fields: [UInt8: DBusValue] = [:]
    var body: [UInt8] = []

    private enum Field {
        static let path: UInt8 = 1
        static let interface: UInt8 = 2
        static let member: UInt8 = 3
        static let errorName: UInt8 = 4
        static let replySerial: UInt8 = 5
        static let destination: UInt8 = 6
        static let signature: UInt8 = 8
    }

    /// A call of a method.
    init(
        serial: UInt32, call member: String, of interface: String, at path: String, destination: String,
        signature: String, body: [UInt8]
    ) {
        kind = .methodCall
        self.serial = serial
        self.body = body
        fields = [
            Field.path: .objectPath(path), Field.interface: .string(interface), Field.member: .string(member),
            Field.destination: .string(destination),
        ]
        if !signature.isEmpty { fields[Field.signature] = .signature(signature) }
    }

    var member: String? { string(Field.member) }
    var errorName: String? { string(Field.errorName) }

    /// The serial of the call that this answers.
    var replySerial: UInt32? {
        guard case .uint32(let serial)? = fields[Field.replySerial] else { return nil }
        return serial
    }

    private func string(_ field: UInt8) -> String? {
        guard case .string(let text)? = fields[field] else { return nil }
        return text
    }

    /// What the body holds; of types that aren't known here, nothing from there on.
    var arguments: [DBusValue] {
        guard case .signature(let signature)? = fields[Field.signature] else { return [] }
        var reader = DBusReader(body[...])
        var values: [DBusValue] = []
        for type in signature {
            guard let value = reader.value(of: String(type)) else { return values }
            values.append(value)
        }
        return values
    }

    // MARK: Bytes

    private static let version: UInt8 = 1
    /// Kind, flags and version, lengths and serial: what comes before the fields.
    static let prefixBytes = 16
    /// More than systemd says in one message; the protocol allows 128 MiB.
    private static let mostBytes = 1 << 20

    var bytes: [UInt8] {
        var writer = DBusWriter()
        writer.bytes = [UInt8(ascii: "l"), kind.rawValue, 0, Self.version]
        writer.write(UInt32(body.count))
        writer.write(serial)
        writer.array(alignment: 8) { writer in
            for (code, value) in fields.sorted(by: { $0.key < $1.key }) {
                writer.align(8)
                writer.bytes.append(code)
                writer.variant(value)
            }
        }
        writer.align(8)
        return writer.bytes + body
    }

    /// How long the message is that begins with these bytes.
    /// - Parameter prefix: its first 16 bytes.
    static func length(of prefix: [UInt8]) -> Int? {
        var reader = DBusReader(prefix[...])
        guard prefix.first == UInt8(ascii: "l"), reader.skip(4), let body = reader.uint32(), reader.uint32() != nil,
            let fields = reader.uint32()
        else { return nil }
        let header = (prefixBytes + Int(fields) + 7) / 8 * 8
        return Int(body) + header <= mostBytes ? Int(body) + header : nil
    }

    init?(bytes: [UInt8]) {
        guard bytes.count >= Self.prefixBytes, let kind = Kind(rawValue: bytes[1]),
            let length = Self.length(of: Array(bytes.prefix(Self.prefixBytes))), length == bytes.count
        else { return nil }
        self.kind = kind
        var reader = DBusReader(bytes[...])
        guard reader.skip(4), let bodyBytes = reader.uint32(), let serial = reader.uint32(),
            let fieldBytes = reader.uint32()
        else { return nil }
        self.serial = serial
        let end = Self.prefixBytes + Int(fieldBytes)
        while reader.position < end {
            guard reader.align(8), let code = reader.byte(), let value = reader.variant() else { return nil }
            fields[code] = value
        }
        body = Array(bytes.suffix(Int(bodyBytes)))
    }
}
