package import KubernetesAPI

/// A file that a container's log was written to before it was rotated: `0.log.20261124-073000`, later compressed to
/// `0.log.20261124-073000.gz`. The names are upstream's, but for the time being UTC.
package struct RotatedLog: Sendable, Hashable {
    static let compressedSuffix = ".gz"
    static let temporarySuffix = ".tmp"

    /// The name of the file that is written to, `0.log`.
    package let logName: String
    /// When the file was rotated, as its name says.
    package let time: Timestamp
    package let isCompressed: Bool

    init(of logName: String, at time: Timestamp, isCompressed: Bool = false) {
        self.logName = logName
        self.time = time.wholeSeconds
        self.isCompressed = isCompressed
    }

    /// Reads a file's name; `nil` when it is not that of a rotated file of the log.
    init?(of logName: String, name: some StringProtocol) {
        guard name.hasPrefix(logName + ".") else { return nil }
        var stamp = name.dropFirst(logName.count + 1)
        isCompressed = stamp.hasSuffix(Self.compressedSuffix)
        if isCompressed { stamp = stamp.dropLast(Self.compressedSuffix.count) }
        guard let time = Self.time(ofStamp: stamp) else { return nil }
        self.logName = logName
        self.time = time
    }

    package var name: String { uncompressedName + (isCompressed ? Self.compressedSuffix : "") }

    var uncompressedName: String { "\(logName).\(Self.stamp(of: time))" }

    /// `20261124-073000`.
    private static func stamp(of time: Timestamp) -> String {
        String(time.rfc3339.dropLast().filter { $0 != "-" && $0 != ":" }.map { $0 == "T" ? "-" : $0 })
    }

    private static func time(ofStamp stamp: some StringProtocol) -> Timestamp? {
        let digits = Array(stamp.utf8)
        guard digits.count == 15 else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let time = Timestamp(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
        guard let time, Self.stamp(of: time) == stamp else { return nil }
        return time
    }
}
