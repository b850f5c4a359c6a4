package import StructuredData

/// A `metav1.Time`: written in whole seconds.
extension Timestamp: ScalarFieldValue {
    package init(scalar: JSONValue) throws(InvalidScalar) {
        guard case .string(let text) = scalar, let time = Timestamp(rfc3339: text) else {
            throw InvalidScalar("expected a time as 2006-01-02T15:04:05Z, found \(scalar.serializedString)")
        }
        self = time
    }

    package var scalar: JSONValue { .string(rfc3339) }
}

/// A `metav1.MicroTime`: written in microseconds.
package struct MicroTime: ScalarFieldValue, Comparable {
    package var timestamp: Timestamp

    package init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
    }

    package init(scalar: JSONValue) throws(InvalidScalar) {
        timestamp = try Timestamp(scalar: scalar)
    }

    package var scalar: JSONValue { .string(timestamp.rfc3339Micro) }

    package static func < (left: MicroTime, right: MicroTime) -> Bool {
        left.timestamp < right.timestamp
    }
}
