import Glibc

/// A small generator that gives the same numbers for the same seed.
package struct SplitMix: RandomNumberGenerator {
    package let seed: UInt64
    private var state: UInt64

    /// - Parameter seed: `SWIFTLET_SEED` repeats what a failure's message names; any other is made up.
    package init(seed: UInt64? = nil) {
        let given = getenv("SWIFTLET_SEED").flatMap { UInt64(String(cString: $0)) }
        self.seed = seed ?? given ?? UInt64.random(in: 0 ... .max)
        state = self.seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
