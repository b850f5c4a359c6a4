import Glibc
import Synchronization

/// How willingly the kernel ends this process when memory runs out: from -1000, never, to 1000, first (proc(5),
/// `oom_score_adj`).
package enum OutOfMemoryScore {
    /// What this process had before it was set; children get it.
    private static let original = Mutex<Int?>(nil)

    /// Sets it for this process alone: what a `ChildProcess` runs gets what this process had before.
    /// - Throws: `HostSystemError`; a lower one than at the start needs CAP_SYS_RESOURCE.
    package static func set(_ score: Int) throws {
        let present = try read("self")
        guard present != score else { return }
        try write(score, "self")
        original.withLock { $0 = $0 ?? present }
    }

    /// Gives a child of this process what this process had at its start.
    static func restore(of child: Int32) {
        guard let score = original.withLock({ $0 }) else { return }
        // One that has ended by now needs none.
        try? write(score, "\(child)")
    }

    private static func path(_ process: String) -> String { "/proc/\(process)/oom_score_adj" }

    private static func read(_ process: String) throws -> Int? {
        Int(try HostFiles.readText(path(process), limit: 64).filter { !$0.isWhitespace })
    }

    private static func write(_ score: Int, _ process: String) throws {
        let file = try FileDescriptor(path: path(process), flags: O_WRONLY, operation: "write")
        try file.writeAll(Array("\(score)".utf8), path: path(process))
    }
}
