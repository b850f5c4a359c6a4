/// What the kernel tells of the machine's memory (proc_meminfo(5)).
package struct MemoryInformation: Sendable, Hashable {
    private var values: [Substring: Int64] = [:]

    /// - Parameter text: that of `/proc/meminfo`; lines that aren't understood are left out.
    package init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            // Counts, such as those of huge pages, have no unit.
            guard words.count == 3, words[2] == "kB", let kibibytes = Int64(words[1]) else { continue }
            values[words[0].dropLast()] = kibibytes * 1024
        }
    }

    /// Reads it now; where that fails nothing is known.
    package static func read() -> MemoryInformation {
        MemoryInformation(parsing: (try? HostFiles.readText("/proc/meminfo")) ?? "")
    }

    /// The bytes behind a name such as `MemTotal` or `Inactive(file)`.
    package subscript(name: String) -> Int64? { values[name[...]] }
}
