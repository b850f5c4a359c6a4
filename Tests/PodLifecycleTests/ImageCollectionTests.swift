import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// Which images go, in which order, and how much has to.
struct ImageCollectionTests {
    // MARK: How much

    struct Disk: Sendable, CustomTestStringConvertible {
        var what: String
        var capacity: Int64
        var available: Int64
        var excess: Int64?

        init(_ what: String, of capacity: Int64, free available: Int64, _ excess: Int64?) {
            self.what = what
            self.capacity = capacity
            self.available = available
            self.excess = excess
        }

        var testDescription: String { what }
    }

    @Test(arguments: [
        Disk("empty", of: 1000, free: 1000, nil),
        Disk("below the high threshold", of: 1000, free: 160, nil),
        Disk("at the high threshold, down to the low one", of: 1000, free: 150, 50),
        Disk("a percent that is not whole counts as used", of: 1000, free: 159, 41),
        Disk("full", of: 1000, free: 0, 200),
        Disk("more free than there is", of: 1000, free: 2000, nil),
        Disk("no size at all", of: 0, free: 0, nil),
        Disk("the largest there can be", of: .max, free: 0, 1_844_674_407_370_955_161),
    ]) func theExcessIsWhatLeadsToTheLowThreshold(_ disk: Disk) {
        #expect(ImageCollection.Policy().excess(capacity: disk.capacity, available: disk.available) == disk.excess)
    }

    @Test(arguments: [(100, 0, true), (100, 3600, false), (85, 0, false), (0, 0, false)])
    func nothingIsEverRemovedByAThresholdOfAHundred(_ high: Int64, _ age: Int64, _ isOff: Bool) {
        let policy = ImageCollection.Policy(highThresholdPercent: high, maximumAge: .seconds(age))
        #expect(policy.isOff == isOff)
    }

    // MARK: Which

    private static func image(_ name: String, pinned: Bool = false) -> RuntimeImage {
        RuntimeImage(
            id: "sha256:\(name)", repoTags: ["reg/\(name):1"], repoDigests: ["reg/\(name)@sha256:\(name)"], size: 10,
            pinned: pinned)
    }

    /// The start of the kubelet is at 0 s; times are seconds after it.
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        /// When each image was found.
        var found: [String: Int64] = [:]
        /// When each reference was in use.
        var uses: [(reference: String, at: Int64)] = []
        var inUse: Set<String> = []
        var pinned: Set<String> = []
        var maximumAge: Int64 = 0
        var now: Int64 = 1000
        var removable: [String] = []
        var expired: Set<String> = []

        var testDescription: String { what }
    }

    static let cases = [
        Case(what: "never used, found first goes first", found: ["a": 20, "b": 10], removable: ["b", "a"]),
        Case(
            what: "never used goes before used, used least recently before used lately",
            found: ["a": 0, "b": 0, "c": 500], uses: [("sha256:a", 300), ("reg/b:1", 200)], removable: ["c", "b", "a"]),
        Case(
            what: "the last use by any name counts", found: ["a": 0, "b": 0],
            uses: [("reg/a:1", 100), ("reg/a@sha256:a", 600), ("sha256:b", 500)], removable: ["b", "a"]),
        Case(what: "in use by its ID", found: ["a": 0, "b": 0], inUse: ["sha256:a"], removable: ["b"]),
        Case(what: "in use by its tag", found: ["a": 0, "b": 0], inUse: ["reg/a:1"], removable: ["b"]),
        Case(what: "in use by its digest", found: ["a": 0, "b": 0], inUse: ["reg/a@sha256:a"], removable: ["b"]),
        Case(what: "pinned", found: ["a": 0, "b": 0], pinned: ["a"], removable: ["b"]),
        Case(what: "just found", found: ["a": 881, "b": 880], removable: ["b"]),
        Case(what: "no maximum age: old ones stay", found: ["a": 0], now: 1_000_000, removable: ["a"]),
        Case(
            what: "unused for longer than the maximum", found: ["a": 0, "b": 0], uses: [("reg/a:1", 500)],
            maximumAge: 600, now: 1000, removable: ["b", "a"], expired: ["b"]),
        Case(
            what: "too old, but in use or pinned", found: ["a": 0, "b": 0], inUse: ["sha256:a"], pinned: ["b"],
            maximumAge: 600, now: 1000),
        Case(
            what: "no image is too old before the kubelet has run for the maximum age", found: ["a": 0],
            maximumAge: 1000, now: 1000, removable: ["a"]),
        Case(
            what: "an image that came late is not too old", found: ["a": 900], maximumAge: 600, now: 1000),
    ]

    @Test(arguments: cases) func imagesThatMayGo(_ example: Case) {
        func time(_ seconds: Int64) -> Timestamp { .testStart.adding(seconds: seconds) }
        var collection = ImageCollection(
            ImageCollection.Policy(maximumAge: .seconds(example.maximumAge)), began: time(0))
        var images: [RuntimeImage] = []
        for (name, moment) in example.found.sorted(by: { $0.value < $1.value }) {
            images.append(Self.image(name, pinned: example.pinned.contains(name)))
            collection.noteImages(images, now: time(moment))
        }
        for use in example.uses.sorted(by: { $0.at < $1.at }) {
            collection.noteUses([use.reference], now: time(use.at))
        }
        let removable = collection.removable(images, inUse: example.inUse, now: time(example.now))
        #expect(removable.map { String($0.id.dropFirst(7)) } == example.removable)
        let expired = collection.expired(images, inUse: example.inUse, now: time(example.now))
        #expect(Set(expired.map { String($0.id.dropFirst(7)) }) == example.expired)
    }

    @Test func anImageThatWasGoneIsNew() {
        var collection = ImageCollection(ImageCollection.Policy(), began: .testStart)
        let images = [Self.image("a")]
        collection.noteImages(images, now: .testStart)
        collection.noteImages([], now: .testStart.adding(seconds: 500))
        collection.noteImages(images, now: .testStart.adding(seconds: 1000))
        #expect(collection.removable(images, inUse: [], now: .testStart.adding(seconds: 1119)) == [])
        #expect(collection.removable(images, inUse: [], now: .testStart.adding(seconds: 1120)) == images)
    }
}
