import Glibc
import Testing

/// Where chance begins in a test: the same seed makes the same choices again.
///
/// `SWIFTLET_SEED` sets the first one of a run.
struct Seed: Sendable, Hashable, CustomTestStringConvertible {
    var value: UInt64

    var testDescription: String { "SWIFTLET_SEED=\(value)" }

    var generator: SeededGenerator { SeededGenerator(state: value) }

    /// So many seeds in a row.
    static func some(_ count: Int) -> [Seed] { (0..<UInt64(count)).map { Seed(value: first &+ $0) } }

    private static let first = variable("SWIFTLET_SEED").flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)

    /// How often a program is killed, and in rounds of how many kills: `SWIFTLET_KILLS` is the sum.
    static let killsInRound = min(kills, 20)
    static let killRounds = some(max(1, kills / killsInRound))

    private static let kills = max(1, variable("SWIFTLET_KILLS").flatMap { Int($0) } ?? 20)

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// SplitMix64: a small generator that makes the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    fileprivate(set) var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
