import Glibc
import Testing

@testable import HostSystem

/// Paths that are opened below a directory in which others may put links.
@Suite struct ContainedPathTests {
    private let folder: String
    private let base: String

    init() throws {
        folder = "/tmp/swiftlet-contained-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        base = folder + "/volume"
        try HostFiles.createDirectory(base)
        try HostFiles.createDirectory(folder + "/outside")
        try HostFiles.createFile(folder + "/outside/secret", mode: 0o600)
        try HostFiles.createDirectory(base + "/real/deep")
        try HostFiles.createFile(base + "/real/file", mode: 0o644)
    }

    private func removeAll() throws { try HostFiles.removeTree(folder) }

    /// What is opened is what is at the expected place.
    private func expect(_ path: String, opens place: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let opened = try ContainedPath(path, below: base, makingDirectories: 0o755)
        let expected = try #require(try HostFiles.attributes(place), sourceLocation: sourceLocation)
        #expect(opened.attributes.isSameFile(as: expected), sourceLocation: sourceLocation)
        let seen = try HostFiles.attributes(opened.descriptorPath)
        #expect(seen?.isSameFile(as: expected) == true, sourceLocation: sourceLocation)
    }

    @Test func whatIsThereIsOpened() throws {
        defer { try? removeAll() }
        try expect("real", opens: base + "/real")
        try expect("./real//deep/", opens: base + "/real/deep")
        try expect("real/file", opens: base + "/real/file")
    }

    @Test func linksThatStayInsideAreFollowed() throws {
        defer { try? removeAll() }
        try HostFiles.symbolicLink(base + "/link", to: "real/deep/..")
        try HostFiles.symbolicLink(base + "/absolute", to: base + "/real")
        try expect("link/deep", opens: base + "/real/deep")
        try expect("absolute/file", opens: base + "/real/file")
        let other = folder + "/other-name"
        try HostFiles.symbolicLink(other, to: base)
        let opened = try ContainedPath("real", below: other, makingDirectories: 0o755)
        #expect(opened.attributes.kind == .directory)
    }

    @Test func missingDirectoriesAreMadeWithTheModeWhateverTheMaskIs() throws {
        defer { try? removeAll() }
        try HostFiles.symbolicLink(base + "/link", to: "real")
        let opened = try ContainedPath("link/new/newer", below: base, makingDirectories: 0o2777)
        #expect(opened.attributes.kind == .directory)
        for path in ["/real/new", "/real/new/newer"] {
            #expect(try HostFiles.attributes(base + path)?.mode == 0o2777)
        }
    }

    @Test(arguments: [
        "/etc", "../outside", "real/../../outside", "up", "up/secret", "far/passwd", "up/new", "loop", "dead/new",
    ])
    func whatLeadsOutIsRefused(path: String) throws {
        defer { try? removeAll() }
        try HostFiles.symbolicLink(base + "/up", to: "../outside")
        try HostFiles.symbolicLink(base + "/far", to: "/etc")
        try HostFiles.symbolicLink(base + "/loop", to: "loop")
        try HostFiles.symbolicLink(base + "/dead", to: folder + "/outside/made")
        #expect(throws: HostSystemError.self) { try Self.open(path, base) }
        #expect(try HostFiles.list(folder + "/outside") == ["secret"])
    }

    /// Who reads learns no more of a link whose target is missing than of one that leads out.
    @Test(arguments: ["dead", "dead/file", "far/passwd"])
    func aLinkToNothingIsNoAbsence(path: String) throws {
        defer { try? removeAll() }
        try HostFiles.symbolicLink(base + "/dead", to: folder + "/outside/none")
        try HostFiles.symbolicLink(base + "/far", to: "/etc")
        let error = #expect(throws: HostSystemError.self) { try Self.read(path, base) }
        #expect(error?.code == .wrongKind)
        #expect(throws: HostSystemError.self) { try Self.read("real/none", base) }
    }

    /// A directory whose name only begins like the volume's is not in it.
    @Test func aNeighbourOfASimilarNameIsOutside() throws {
        defer { try? removeAll() }
        try HostFiles.createDirectory(base + "-2")
        try HostFiles.symbolicLink(base + "/near", to: "../volume-2")
        #expect(throws: HostSystemError.self) { try Self.open("near", base) }
    }

    @Test func nothingIsMadeBelowAFile() throws {
        defer { try? removeAll() }
        #expect(throws: HostSystemError.self) { try Self.open("real/file/below", base) }
        #expect(throws: HostSystemError.self) { try Self.open("any", base + "/real/file") }
        #expect(throws: HostSystemError.self) { try Self.open("any", base + "/none") }
    }

    /// Links are put in place and taken away while the path is opened, thousands of times: it never leads out.
    @Test func aLinkThatComesInBetweenIsNotFollowed() async throws {
        defer { try? removeAll() }
        let (base, folder) = (base, folder)
        try HostFiles.createDirectory(base + "/swap")
        let outside = try #require(try HostFiles.attributes(folder + "/outside"))
        let swapping = Task.detached {
            while !Task.isCancelled {
                _ = rename(base + "/swap", base + "/aside")
                _ = symlink("../outside", base + "/swap")
                unlink(base + "/swap")
                _ = rename(base + "/aside", base + "/swap")
            }
        }
        for _ in 0..<2_000 {
            guard let opened = try? ContainedPath("swap", below: base, makingDirectories: 0o755) else { continue }
            #expect(!opened.attributes.isSameFile(as: outside))
        }
        swapping.cancel()
        await swapping.value
    }

    private static func read(_ path: String, _ base: String) throws { _ = try ContainedPath(path, below: base) }

    /// What can't be copied can't be the result of an expectation's closure.
    private static func open(_ path: String, _ base: String) throws {
        _ = try ContainedPath(path, below: base, makingDirectories: 0o755)
    }
}
