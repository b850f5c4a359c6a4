import KubeletConfiguration
import Testing

struct CPUListTests {
    @Test(arguments: [("", 0), ("0", 1), ("0-3", 4), ("0-1,4", 3), ("2,2,1-3", 3)])
    func numbersAndRangesAreListed(_ text: String, _ count: Int) {
        #expect(CPUList(text)?.count == count)
    }

    @Test(arguments: [",", "1,", "a", "1-", "-1", "3-1", "1-2-3", "99999999"])
    func allElseIsNoList(_ text: String) {
        #expect(CPUList(text) == nil)
    }

    @Test func aListIsPartOfAnother() throws {
        let some = try #require(CPUList("0,2"))
        #expect(some.isSubset(of: CPUList("0-3")))
        #expect(!some.isSubset(of: CPUList("0-1")))
        #expect(!some.isSubset(of: nil))
    }
}
