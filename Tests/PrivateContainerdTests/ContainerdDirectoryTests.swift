import HostSystem
import Testing

@testable import PrivateContainerd

@Suite struct ContainerdDirectoryTests {
    @Test func itIsPrivateAndItsSocketsFit() async throws {
        try await withTemporaryDirectory { directory in
            #expect(try HostFiles.attributes(directory.path)?.mode == 0o700)
            let long = "\(directory.path)/\(String(repeating: "x", count: 80))"
            let error = try #require(throws: PrivateContainerdError.self) { try ContainerdDirectory(creating: long) }
            #expect(error.code == .pathTooLong)
        }
    }

    @Test func aLinkedOneIsKnownByItsRealPath() async throws {
        try await withTemporaryDirectory { directory in
            try HostFiles.createDirectory("\(directory.path)/real")
            try HostFiles.symbolicLink("\(directory.path)/link", to: "real")
            #expect(try ContainerdDirectory(creating: "\(directory.path)/link").path == "\(directory.path)/real")
        }
    }

    @Test func onlyItsOwnContainerdIsKnownByTheCommandLine() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = directory.configuration
            #expect(directory.isContainerd(["/usr/bin/containerd", "--config", configuration]))
            #expect(!directory.isContainerd(["/usr/bin/containerd", "--config", configuration + "x"]))
            #expect(!directory.isContainerd(["/usr/bin/vi", configuration]))
            #expect(!directory.isContainerd([]))
        }
    }

    @Test func aLongLogMakesRoom() async throws {
        try await withTemporaryDirectory { directory in
            try directory.rotateLog()
            try HostFiles.writeAtomically("four", to: directory.log)
            try directory.rotateLog(limit: 4)
            #expect(HostFiles.exists(directory.log))
            try directory.rotateLog(limit: 3)
            #expect(!HostFiles.exists(directory.log))
            #expect(try HostFiles.readText("\(directory.log).1") == "four")
        }
    }
}
