import Glibc
import HostSystem
import KubernetesAPI
import PodSources
import Testing

/// What becomes of the directory itself.
@Suite(.timeLimit(.minutes(3))) struct DirectoryPlaceTests {
    @Test func aMissingDirectoryIsNoPodsAndIsFoundWhenItComes() async throws {
        let directory = try ManifestDirectory(creating: false)
        try await directory.follow(directory.parent + "/deep/er/manifests") { updates in
            let first = await updates.until(\.complete)
            #expect(first.pods.isEmpty && first.problems.isEmpty)
            try HostFiles.createDirectory(directory.parent + "/staged-directory/er/manifests")
            try HostFiles.writeAtomically(
                manifest("a"), to: directory.parent + "/staged-directory/er/manifests/a.yaml")
            try HostFiles.rename(directory.parent + "/staged-directory", to: directory.parent + "/deep")
            await updates.expect(names: ["a"])
            try HostFiles.writeAtomically(manifest("b"), to: directory.parent + "/deep/er/manifests/b.yaml")
            await updates.expect(names: ["a", "b"])
        }
    }

    /// Far more than the events that are kept until there is time for them.
    @Test func fiveThousandFilesAreFollowed() async throws {
        let directory = try ManifestDirectory()
        try await directory.follow { updates in
            _ = await updates.until(\.complete)
            let names = (0..<5000).map { "pod-\($0)" }
            for name in names { try directory.put("\(name).yaml", manifest(name)) }
            #expect(await updates.until { $0.pods.count == 5000 }.problems.isEmpty)
            try directory.put("pod-7.yaml", manifest("pod-7", image: "other"))
            let edited = await updates.until { $0.images.contains("other") }
            #expect(edited.pods.count == 5000)
            for name in names.dropFirst(10) { try directory.remove("\(name).yaml") }
            #expect(await updates.until { $0.pods.count <= 10 }.names.sorted() == names.prefix(10).sorted())
        }
    }

    @Test func aDirectoryRemovedAndRecreatedIsFollowed() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow(directory.path + "/") { updates in
            await updates.expect(names: ["a"])
            try HostFiles.removeTree(directory.path)
            await updates.expect(names: [])
            try HostFiles.createDirectory(directory.path)
            try directory.put("b.yaml", manifest("b"))
            await updates.expect(names: ["b"])
        }
    }

    @Test func aDirectoryReplacedByALinkIsFollowed() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        let other = directory.parent + "/other"
        try HostFiles.createDirectory(other)
        try HostFiles.writeAtomically(manifest("a"), to: other + "/a.yaml")
        try HostFiles.writeAtomically(manifest("b"), to: other + "/b.yaml")
        try await directory.follow(debounce: .seconds(3_600)) { updates in
            await updates.expect(names: ["a"])
            try HostFiles.rename(directory.path, to: directory.parent + "/before")
            try HostFiles.symbolicLink(directory.path, to: "other")
            await updates.expect(names: ["a", "b"])
            try HostFiles.writeAtomically(manifest("c"), to: other + "/c.yaml")
            await updates.expect(names: ["a", "b", "c"])
            try HostFiles.createDirectory(directory.parent + "/third")
            try HostFiles.writeAtomically(manifest("d"), to: directory.parent + "/third/d.yaml")
            try HostFiles.symbolicLink(directory.parent + "/link", to: "third")
            try HostFiles.rename(directory.parent + "/link", to: directory.path)
            // The three others are missing, and their debounce is not over.
            await updates.expect(names: ["a", "b", "c", "d"])
        }
    }

    @Test func theLinksOfAMountedConfigMapAreFollowed() async throws {
        let directory = try ManifestDirectory()
        func publish(_ version: String, _ image: String) throws {
            try HostFiles.createDirectory(directory.file(version))
            try HostFiles.writeAtomically(manifest("a", image: image), to: directory.file(version + "/a.yaml"))
            try HostFiles.symbolicLink(directory.file("..data_tmp"), to: version)
            try HostFiles.rename(directory.file("..data_tmp"), to: directory.file("..data"))
        }
        try publish("..1", "first")
        try HostFiles.symbolicLink(directory.file("a.yaml"), to: "..data/a.yaml")
        try await directory.follow { updates in
            await updates.expect(images: ["first"])
            try publish("..2", "second")
            await updates.expect(images: ["second"])
        }
    }

    @Test func aSingleFileIsFollowed() async throws {
        let directory = try ManifestDirectory()
        let file = directory.file("pod.yaml")
        try directory.put("other.yaml", manifest("other"))
        try await directory.follow(file) { updates in
            #expect(await updates.until(\.complete).names == [])
            try directory.put("pod.yaml", manifest("a"))
            await updates.expect(images: ["a"])
            try directory.overwrite("pod.yaml", manifest("a", image: "b"))
            await updates.expect(images: ["b"])
            try directory.put("pod.yaml", manifest("a", image: "c"))
            await updates.expect(images: ["c"])
            try directory.remove("pod.yaml")
            await updates.expect(names: [])
        }
    }

    @Test(.enabled(if: getuid() == 0)) func aFileSystemThatIsUnmountedKeepsItsPods() async throws {
        let directory = try ManifestDirectory()
        try directory.put("below.yaml", manifest("below"))
        guard mount("none", directory.path, "tmpfs", 0, nil) == 0 else { return }
        defer { umount2(directory.path, Int32(MNT_DETACH)) }
        try HostFiles.writeAtomically(manifest("a"), to: directory.file("a.yaml"))
        try await directory.follow(scanInterval: .milliseconds(20)) { updates in
            await updates.expect(names: ["a"])
            #expect(umount2(directory.path, 0) == 0)
            let gone = await updates.until { !$0.problems.isEmpty }
            #expect(gone.names == ["a", "below"])
            #expect(mount("none", directory.path, "tmpfs", 0, nil) == 0)
            let empty = await updates.until { $0.pods.isEmpty }
            #expect(empty.problems.isEmpty)
            try HostFiles.writeAtomically(manifest("b"), to: directory.file("b.yaml"))
            await updates.expect(names: ["b"])
        }
    }
}
