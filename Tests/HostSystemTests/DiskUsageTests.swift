import HostSystem
import Testing

@Suite struct DiskUsageTests {
    /// Makes a directory with one file and a directory of two, and removes it.
    private func withTree(_ body: (String) throws -> Void) throws {
        let tree = "/tmp/swiftlet-usage-\(UInt64.random(in: 0 ... .max))"
        defer { try? HostFiles.removeTree(tree) }
        try HostFiles.createDirectory("\(tree)/below")
        for name in ["a", "below/b", "below/c"] {
            try HostFiles.write([UInt8](repeating: 1, count: 100_000), to: "\(tree)/\(name)", mode: 0o600)
        }
        try body(tree)
    }

    @Test(arguments: [1, 2, 1000]) func aTreeIsCountedInPieces(_ limit: Int) throws {
        try withTree { tree in
            var count = DiskUsageCount(tree: tree)
            var pieces = 0
            while !count.isComplete {
                count.proceed(limit: limit)
                pieces += 1
            }
            #expect(count.usage.inodes == 5)
            #expect(count.usage.bytes >= 300_000)
            #expect(pieces >= 5 / limit)
        }
    }

    @Test func whatIsNotThereTakesNothing() {
        var count = DiskUsageCount(tree: "/nowhere/at/all")
        count.proceed()
        #expect(count.isComplete)
        #expect(count.usage == DiskUsage())
    }
}
