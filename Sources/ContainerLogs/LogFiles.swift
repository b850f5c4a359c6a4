package import KubernetesAPI

/// The files of one container's log by their names, and what is to become of them.
package struct LogFiles: Sendable, Hashable {
    /// The name of the file that is written to, `0.log`.
    package let name: String
    /// Rotated files, oldest first. One that is there twice, compressed and not, counts as not compressed.
    package let rotated: [RotatedLog]
    /// What a compression that was cut short left: temporary files, and compressed files whose source is still there.
    /// Upstream keeps the latter and removes the source; this way nothing hangs on the compressed one being whole.
    package let unused: [String]

    /// - Parameter names: all names in the log's directory, those of others too.
    package init(named name: String, among names: [String]) {
        var found: [Timestamp: RotatedLog] = [:]
        var unused: [String] = []
        // The uncompressed name sorts before the compressed one.
        for other in names.sorted() {
            if let log = RotatedLog(of: name, name: other) {
                if found[log.time] == nil { found[log.time] = log } else { unused.append(other) }
            } else if other.hasSuffix(RotatedLog.temporarySuffix),
                RotatedLog(of: name, name: other.dropLast(RotatedLog.temporarySuffix.count)) != nil
            {
                unused.append(other)
            }
        }
        self.name = name
        rotated = found.values.sorted { $0.time < $1.time }
        self.unused = unused
    }

    /// The oldest files, which go so that no more than these are left.
    package func excess(keeping count: Int) -> [RotatedLog] {
        Array(rotated.prefix(max(0, rotated.count - count)))
    }

    /// Files to compress, in this order: the newest first, for the oldest are the next to be removed. The newest of all
    /// is not among them: the runtime may still write to it, and others be about to read it.
    package var compressible: [RotatedLog] { rotated.dropLast().filter { !$0.isCompressed }.reversed() }

    /// The name the log gets when it is rotated: that of the moment, or the next one that sorts behind all others. Clocks
    /// may be set back, and upstream's names are in local time.
    package func next(at now: Timestamp) -> RotatedLog {
        let least = rotated.last.map { $0.time.adding(seconds: 1) } ?? now
        return RotatedLog(of: name, at: max(now.wholeSeconds, least))
    }

    /// The rotated files after a moment, oldest first.
    package func rotated(after time: Timestamp) -> [RotatedLog] { rotated.filter { $0.time > time } }
}
