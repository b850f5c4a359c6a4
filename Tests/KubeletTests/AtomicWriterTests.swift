import Glibc
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What a volume's directory looks like from inside of a container, and what of it stays the same.
@Suite struct AtomicWriterTests {
    private let directory: TemporaryDirectory
    private let volume: String

    init() throws {
        directory = try TemporaryDirectory()
        volume = directory.path + "/volume"
    }

    private func write(
        _ files: [String: String], mode: UInt32 = 0o644,
        ownership: VolumeOwnership = VolumeOwnership(
            of: Pod(), isReadOnly: true)
    ) throws {
        let payload = VolumePayload(
            files: files.mapValues { VolumePayload.File(bytes: Array($0.utf8), mode: mode) })
        try AtomicWriter(directory: volume, ownership: ownership).write(payload, now: .testStart)
    }

    /// What is seen in the volume, by path; links are followed.
    private func seen(_ path: String = "") throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try HostFiles.list(volume + path) where !name.hasPrefix("..") {
            let child = "\(path)/\(name)"
            if try HostFiles.attributes(volume + child)?.kind == .directory {
                found.merge(try seen(child)) { $1 }
            } else {
                found[String(child.dropFirst())] = try HostFiles.readText(volume + child)
            }
        }
        return found
    }

    private var data: String? { get throws { try HostFiles.target(ofLink: volume + "/..data") } }

    @Test func everyEntryIsALinkIntoTheDataOfATime() throws {
        let files = ["name": "web", "pod/labels": "a", "pod/more/annotations": "b"]
        try write(files)
        #expect(try seen() == files)
        let name = try #require(try data)
        #expect(name.wholeMatch(of: /\.\.\d{4}(_\d\d){5}\.\d{10}/) != nil, "\(name)")
        #expect(try HostFiles.list(volume) == ["..data", name, "name", "pod"].sorted())
        #expect(try HostFiles.target(ofLink: volume + "/name") == "..data/name")
        #expect(try HostFiles.target(ofLink: volume + "/pod") == "..data/pod")
    }

    @Test func whatIsThereAlreadyIsNotWrittenAgain() throws {
        try write(["name": "web", "pod/labels": "a"])
        let before = try data
        try write(["name": "web", "pod/labels": "a"])
        #expect(try data == before)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var mode: UInt32 = 0o644

        init(_ description: String, _ files: [String: String], mode: UInt32 = 0o644) {
            (testDescription, self.files, self.mode) = (description, files, mode)
        }
    }

    @Test(arguments: [
        Change("other content", ["name": "web", "pod/labels": "b"]),
        Change("content of the same length", ["name": "wab", "pod/labels": "a"]),
        Change("another mode", ["name": "web", "pod/labels": "a"], mode: 0o400),
        Change("a file more", ["name": "web", "pod/labels": "a", "pod/uid": "1", "new": ""]),
        Change("a file fewer", ["name": "web"]),
        Change("a directory where a file was", ["name/first": "web", "pod/labels": "a"]),
        Change("nothing", [:]),
    ])
    func aChangeReplacesAllAtOnceAndLeavesNothing(_ change: Change) throws {
        try write(["name": "web", "pod/labels": "a"])
        let before = try #require(try data)
        // A file that is open shows the old version to its end.
        let old = try #require(fopen("\(volume)/name", "r"))
        defer { fclose(old) }
        try write(change.files, mode: change.mode)
        #expect(try seen() == change.files)
        let after = try #require(try data)
        #expect(after != before)
        let entries = Set(change.files.keys.map { String($0.prefix { $0 != "/" }) })
        #expect(try Set(HostFiles.list(volume)) == entries.union(["..data", after]))
        #expect(fgetc(old) == Int32(UInt8(ascii: "w")))
        for file in change.files.keys {
            #expect(try HostFiles.attributes("\(volume)/\(file)")?.mode == change.mode)
        }
    }

    @Test func whatAKilledKubeletHadBegunIsRemoved() throws {
        try write(["name": "web"])
        let whole = try data
        try HostFiles.createDirectory("\(volume)/..2026_01_01_00_00_00.1/half")
        try HostFiles.symbolicLink("\(volume)/..data_tmp", to: "..2026_01_01_00_00_00.1")
        try HostFiles.remove("\(volume)/name")
        try write(["name": "web"])
        #expect(try data == whole)
        #expect(try seen() == ["name": "web"])
        #expect(try HostFiles.list(volume).count == 3)
    }

    @Test func dataThatAPowerCutTookAreWrittenAgain() throws {
        try write(["name": "web"])
        try HostFiles.write([], to: "\(volume)/name", mode: 0o644)
        try write(["name": "web"])
        #expect(try seen() == ["name": "web"])
        try HostFiles.removeTree("\(volume)/\(try #require(try data))")
        try write(["name": "web"])
        #expect(try seen() == ["name": "web"])
    }

    @Test func aWriteThatFailsLeavesWhatWasThere() throws {
        try write(["name": "web"])
        let before = try HostFiles.list(volume)
        #expect(throws: HostSystemError.self) { try write(["name": "other", "name/inside": "x"]) }
        #expect(try seen() == ["name": "web"])
        #expect(try HostFiles.list(volume) == before)
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../b", "..data", "", "."])
    func aPathThatLeadsOutIsRefused(path: String) {
        #expect(throws: VolumeError.self) { try VolumeSources.clean(path) }
    }

    @Test func aPathLosesWhatMeansNothing() throws {
        #expect(try VolumeSources.clean("./a//b/./c..d/") == "a/b/c..d")
    }
}
