import KubernetesAPI
import Testing

@testable import ContainerLogs

@Suite struct LogFilesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var names: [String]
        var rotated: [String] = []
        var unused: [String] = []
        var compressible: [String] = []
    }

    static let cases = [
        Case(testDescription: "a log that was never rotated", names: ["0.log"]),
        Case(
            testDescription: "the newest rotated file is left alone", names: ["0.log", "0.log.20261124-000000"],
            rotated: ["0.log.20261124-000000"]),
        Case(
            testDescription: "older files are compressed, the newest of them first",
            names: ["0.log.20261124-000003", "0.log.20261124-000001", "0.log", "0.log.20261124-000002"],
            rotated: ["0.log.20261124-000001", "0.log.20261124-000002", "0.log.20261124-000003"],
            compressible: ["0.log.20261124-000002", "0.log.20261124-000001"]),
        Case(
            testDescription: "compressed files stay",
            names: ["0.log.20261124-000002", "0.log.20261124-000001.gz", "0.log"],
            rotated: ["0.log.20261124-000001.gz", "0.log.20261124-000002"]),
        Case(
            testDescription: "a file that is there twice counts as it was written",
            names: ["0.log.20261124-000001", "0.log.20261124-000001.gz", "0.log.20261124-000002"],
            rotated: ["0.log.20261124-000001", "0.log.20261124-000002"], unused: ["0.log.20261124-000001.gz"],
            compressible: ["0.log.20261124-000001"]),
        Case(
            testDescription: "what a compression left half made",
            names: ["0.log.20261124-000001", "0.log.20261124-000001.tmp", "0.log.20261124-000000.gz.tmp"],
            rotated: ["0.log.20261124-000001"],
            unused: ["0.log.20261124-000000.gz.tmp", "0.log.20261124-000001.tmp"]),
        Case(
            testDescription: "what is of other attempts, or of somebody else",
            names: [
                "1.log", "1.log.20261124-000001", "10.log.20261124-000001", "0.log.bak", "0.log.gz", "0.log.tmp",
                "0.log.20261324-000001", "0.log.20261124-00000x", "0.log.20261124-0000011", "0.log.20261124_000001",
                "0.log.20261124-000001.zst",
            ]),
    ]

    @Test(arguments: cases) func namesTellWhatBecomesOfFiles(_ row: Case) {
        let files = LogFiles(named: "0.log", among: row.names)
        #expect(files.rotated.map(\.name) == row.rotated)
        #expect(files.unused == row.unused)
        #expect(files.compressible.map(\.name) == row.compressible)
    }

    @Test(arguments: [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)]) func theOldestAreTooMuch(keeping: Int, removed: Int) {
        let names = ["0.log.20261124-000001.gz", "0.log.20261124-000002.gz", "0.log.20261124-000003"]
        let files = LogFiles(named: "0.log", among: names.reversed())
        #expect(files.excess(keeping: keeping).map(\.name) == Array(names.prefix(removed)))
    }

    @Test(arguments: [
        (names: [], next: "0.log.20261124-000005"),
        (names: ["0.log.20261124-000004"], next: "0.log.20261124-000005"),
        // Twice in a second.
        (names: ["0.log.20261124-000005"], next: "0.log.20261124-000006"),
        // The clock was set back, or upstream wrote local time.
        (names: ["0.log.20261231-235959.gz"], next: "0.log.20270101-000000"),
    ])
    func theNextNameSortsBehindAllOthers(names: [String], next: String) {
        let now = Timestamp(seconds: 1_795_478_405, nanoseconds: 999_999_999)
        #expect(LogFiles(named: "0.log", among: names).next(at: now).name == next)
    }
}
