import Glibc
import HostSystem
import KubernetesAPI
import PodSources
import Testing

@Suite(.timeLimit(.minutes(3))) struct DirectorySourceTests {
    @Test func filesThatAreThereComeWithTheFirstUpdate() async throws {
        let directory = try ManifestDirectory()
        try directory.put("b.yaml", manifest("b"))
        try directory.put("a.yaml", manifest("a"))
        for name in [".hidden", "a.yaml~", "a.bak", "a.yaml.dpkg-old", "#a#", "x.swp", "x.orig"] {
            try directory.put(name, manifest("ignored"))
        }
        try await directory.follow { updates in
            let first = await updates.next()
            #expect(first.complete && first.names == ["a", "b"])
            #expect(first.problems.isEmpty)
            #expect(first.pods[0].origin == directory.file("a.yaml"))
        }
    }

    @Test func aRenamedInAndAWrittenFileComeAtOnce() async throws {
        let directory = try ManifestDirectory()
        try await directory.follow { updates in
            await updates.expect(names: [])
            try directory.put("a.yaml", manifest("a"))
            await updates.expect(names: ["a"])
            try directory.overwrite("b.yaml", manifest("b"))
            await updates.expect(names: ["a", "b"])
            try directory.overwrite("b.yaml", manifest("b", image: "other"))
            await updates.expect(images: ["a", "other"])
            try HostFiles.symbolicLink(directory.file("c.yaml"), to: "a.yaml")
            #expect(await updates.next().problems.map(\.severity) == [.warning])
        }
    }

    @Test func removalCountsAfterTheDebounce() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow { updates in
            _ = await updates.next()
            let start = ContinuousClock.now
            try directory.remove("a.yaml")
            await updates.expect(names: [])
            #expect(start.duration(to: .now) >= .milliseconds(100))
        }
    }

    @Test func waysOfSavingAreOneUpdate() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow(debounce: .seconds(3_600)) { updates in
            _ = await updates.next()
            try directory.remove("a.yaml")
            try directory.overwrite("a.yaml", manifest("a", image: "v2"))
            await updates.expect(images: ["v2"])
            try HostFiles.rename(directory.file("a.yaml"), to: directory.file("a.yaml~"))
            try directory.overwrite("a.yaml", manifest("a", image: "v3"))
            try directory.remove("a.yaml~")
            await updates.expect(images: ["v3"])
            try directory.put("a.yaml", manifest("a", image: "v4"))
            let last = await updates.next()
            #expect(last.images == ["v4"] && last.pods[0].restartRequests == 0)
        }
    }

    @Test func takingAFileAwayAndPuttingItBackAsksForARestart() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow(debounce: .seconds(3_600)) { updates in
            _ = await updates.next()
            try HostFiles.rename(directory.file("a.yaml"), to: directory.parent + "/away")
            try HostFiles.rename(directory.parent + "/away", to: directory.file("a.yaml"))
            let second = await updates.next()
            #expect(second.names == ["a"] && second.pods[0].restartRequests == 1)
            // A backup made by renaming, and an unchanged file saved, is no such wish.
            try HostFiles.rename(directory.file("a.yaml"), to: directory.file("a.yaml~"))
            try directory.overwrite("a.yaml", manifest("a"))
            try directory.put("b.yaml", manifest("b"))
            #expect(await updates.next().pods.map(\.restartRequests) == [1, 0])
        }
    }

    @Test func anInvalidFileKeepsItsLastGoodPods() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a") + "\n---\n" + manifest("b"))
        try await directory.follow { updates in
            let good = await updates.next()
            try directory.put("a.yaml", manifest("a", image: "new") + "\n---\n" + manifest("b", extra: "  oops: 1"))
            let bad = await updates.next()
            #expect(bad.versions == good.versions)
            #expect(
                bad.problems.map(\.description) == [
                    "\(directory.file("a.yaml")):17:3: spec.oops: unknown field \"oops\""
                ])
            // Also by another name.
            try HostFiles.rename(directory.file("a.yaml"), to: directory.file("c.yaml"))
            let renamed = await updates.until { $0.pods.first?.origin == directory.file("c.yaml") }
            #expect(renamed.versions == good.versions)
            try directory.put("c.yaml", manifest("a", image: "new") + "\n---\n" + manifest("b"))
            let fixed = await updates.next()
            #expect(fixed.images == ["new", "a"] && fixed.problems.isEmpty)
        }
    }

    @Test func whatRanBeforeARestartIsKeptWhileItsManifestIsInvalid() async throws {
        let directory = try ManifestDirectory()
        let text = manifest("a")
        let ran = ManifestReader(nodeName: "node")
            .read(Array(text.utf8), file: directory.file("a.yaml"), seen: Timestamp(seconds: 5)).pods
        try directory.put("a.yaml", "half: [")
        try await directory.follow(lastAccepted: ran) { updates in
            let first = await updates.next()
            #expect(first.complete && first.versions == ran.versions && first.problems.count == 1)
            try directory.put("a.yaml", text + "# the same")
            let second = await updates.next()
            #expect(second.versions == ran.versions && second.problems.isEmpty)
        }
    }

    @Test func aPodWhoseManifestWentBeforeARestartIsInDoubtForTheDebounce() async throws {
        let directory = try ManifestDirectory()
        let ran = ManifestReader(nodeName: "node")
            .read(Array(manifest("a").utf8), file: directory.file("a.yaml"), seen: Timestamp(seconds: 5)).pods
        try directory.put("b.yaml", manifest("b"))
        try await directory.follow(lastAccepted: ran) { updates in
            #expect(await updates.until(\.complete).names == ["b"])
        }
        try await directory.follow(lastAccepted: ran, debounce: .seconds(3_600)) { updates in
            // It is not to be started again, nor is it an orphan yet.
            let first = await updates.next()
            #expect(!first.complete && first.names == ["b"])
            try directory.put("a.yaml", manifest("a"))
            let back = await updates.next()
            #expect(back.complete && back.names == ["a", "b"] && back.versions.first == ran.versions.first)
        }
    }

    @Test func misspeltFieldsOfAPodThatRunsAreWarnings() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a", extra: "  oops: 1"))
        let ran = ManifestReader(nodeName: "node")
            .read(Array(manifest("a").utf8), file: directory.file("a.yaml"), seen: Timestamp(seconds: 5)).pods
        try await directory.follow(lastAccepted: ran) { updates in
            let first = await updates.next()
            #expect(first.versions == ran.versions && first.problems.map(\.severity) == [.warning])
            try directory.put("a.yaml", manifest("a", image: "new", extra: "  oops: 1"))
            let second = await updates.next()
            #expect(second.versions == ran.versions && second.problems.map(\.severity) == [.error])
        }
    }

    @Test func aMisspeltCopyOfAPodThatRunsIsNoManifest() async throws {
        let directory = try ManifestDirectory()
        try directory.put("b.yaml", manifest("a"))
        try await directory.follow { updates in
            let first = await updates.next()
            try directory.put("a.yaml", manifest("a", extra: "  oops: 1"))
            let second = await updates.next()
            #expect(second.versions == first.versions && second.problems.map(\.severity) == [.error])
            try directory.put("b.yaml", manifest("b"))
            #expect(await updates.until { $0.names != ["a"] }.names == ["b"])
        }
    }

    @Test func commentsAndFormChangeNothing() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow { updates in
            let first = await updates.next()
            try directory.put("a.yaml", "# comment\n" + manifest("a", extra: "  restartPolicy: Always"))
            try directory.put("b.yaml", manifest("b"))
            let second = await updates.next()
            #expect(second.names == ["a", "b"] && second.versions[0] == first.versions[0])
        }
    }

    @Test func aFileOpenForWritingWaitsForItsClose() async throws {
        let directory = try ManifestDirectory()
        let file = open(directory.file("a.yaml"), O_CREAT | O_WRONLY, 0o644)
        let text = Array(manifest("a").utf8)
        _ = write(file, text, text.count)
        try await directory.follow { updates in
            let first = await updates.next()
            #expect(first.complete && first.pods.isEmpty && first.problems.isEmpty)
            close(file)
            await updates.expect(names: ["a"])
        }
    }

    @Test func theLosingFileOfAConflictChangesNothing() async throws {
        let directory = try ManifestDirectory()
        try directory.put("m.yaml", manifest("a", image: "v1"))
        try await directory.follow { updates in
            await updates.expect(images: ["v1"])
            try directory.put("a.yaml", manifest("a", image: "v2"))
            let second = await updates.next()
            #expect(second.images == ["v1"] && second.problems.count == 1)
            try directory.remove("a.yaml")
            let third = await updates.until { $0.problems.isEmpty }
            #expect(third.images == ["v1"])
            try directory.put("a.yaml", manifest("a", image: "v2"))
            _ = await updates.next()
            try directory.remove("m.yaml")
            #expect(await updates.until { $0.images == ["v2"] }.problems.isEmpty)
        }
    }

    @Test func aRenamedFileDoesNotTakeThePodOfAnother() async throws {
        let directory = try ManifestDirectory()
        try directory.put("m.yaml", manifest("a", image: "v1"))
        try await directory.follow { updates in
            await updates.expect(images: ["v1"])
            try directory.put("z.yaml", manifest("a", image: "v2"))
            #expect(await updates.next().problems.count == 1)
            try HostFiles.rename(directory.file("z.yaml"), to: directory.file("b.yaml"))
            let renamed = await updates.next()
            #expect(renamed.images == ["v1"] && renamed.problems.map(\.file) == [directory.file("b.yaml")])
            try directory.remove("m.yaml")
            let second = await updates.until { $0.images != ["v1"] }
            #expect(second.images == ["v2"] && second.problems.isEmpty)
        }
    }

    @Test func unreadableFilesKeepTheirPods() async throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow { updates in
            let first = await updates.next()
            // A link in a circle cannot be read, also not by root.
            try HostFiles.symbolicLink(directory.parent + "/circle", to: "circle")
            try HostFiles.rename(directory.parent + "/circle", to: directory.file("a.yaml"))
            let second = await updates.next()
            #expect(second.versions == first.versions && second.problems.count == 1)
        }
    }

    @Test func subdirectoriesAreSkippedWithAWarning() async throws {
        let directory = try ManifestDirectory()
        try HostFiles.createDirectory(directory.file("sub"))
        try directory.put("a.yaml", manifest("a"))
        try await directory.follow { updates in
            let first = await updates.next()
            #expect(first.names == ["a"])
            #expect(first.problems.map(\.description) == ["\(directory.file("sub")): warning: a directory is not read"])
        }
    }

    @Test func theScanFindsWhatInotifyCannotTell() async throws {
        let directory = try ManifestDirectory()
        // The link's target lies elsewhere.
        try HostFiles.writeAtomically(manifest("a"), to: directory.parent + "/target")
        try HostFiles.symbolicLink(directory.file("a.yaml"), to: "../target")
        try await directory.follow(scanInterval: .milliseconds(20)) { updates in
            await updates.expect(images: ["a"])
            try HostFiles.writeAtomically(manifest("a", image: "b"), to: directory.parent + "/target")
            await updates.expect(images: ["b"])
        }
    }
}
