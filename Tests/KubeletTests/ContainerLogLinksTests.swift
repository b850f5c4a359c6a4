import ContainerLogs
import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// The links that programs look for which ship logs.
@Suite(.timeLimit(.minutes(3)))
struct ContainerLogLinksTests {
    private let directory: TemporaryDirectory
    private let logs: String
    private let folder: String

    init() throws {
        directory = try TemporaryDirectory()
        logs = directory.path + "/pods"
        folder = directory.path + "/containers"
    }

    private func links() -> ContainerLogLinks { ContainerLogLinks(directory: folder, logger: RecordedLog().logger) }

    private var names: [String] { (try? HostFiles.list(folder)) ?? [] }

    /// A container that was started, with a log.
    private func container(_ id: String = "0123abcd", pod: String = "web-node") throws -> RuntimeContainer {
        var container = RuntimeContainer.sample("web")
        container.id = ContainerID(id)
        container.startedAt = .testStart
        container.labels[RuntimeLabels.podName] = pod
        container.labels[RuntimeLabels.podNamespace] = "default"
        container.logPath = "\(logs)/default_\(pod.prefix(60))_uid/web/\(id).log"
        try HostFiles.createDirectory(HostFiles.parent(of: container.logPath))
        try HostFiles.write(Array("said".utf8), to: container.logPath, mode: 0o640)
        return container
    }

    @Test func aLinkComesAndGoesWithItsContainer() throws {
        var links = links()
        var container = try container()
        container.startedAt = nil
        links.note(.found(container))
        #expect(names == [], "it has not begun")
        container.startedAt = .testStart
        links.note(.found(container))
        #expect(names == ["web-node_default_web-0123abcd.log"])
        let link = "\(folder)/\(names[0])"
        #expect(try HostFiles.target(ofLink: link) == container.logPath)
        #expect(try HostFiles.readText(link) == "said")
        container.state = .exited
        links.note(.found(container))
        #expect(names.count == 1)
        links.note(.gone(ContainerID("a sandbox's")))
        links.note(.gone(container.id))
        #expect(names == [])
    }

    @Test func aLogThatGoesElsewhereHasNoLink() throws {
        var links = links()
        let container = try container()
        try HostFiles.remove(container.logPath)
        links.note(.found(container))
        #expect(names == [])
    }

    /// - Parameter target: where the link leads that is there already.
    @Test(arguments: [nil, "/nowhere"]) func theNextKubeletGoesOnWithWhatIsThere(_ target: String?) throws {
        let container = try container()
        var before = links()
        before.note(.found(container))
        let link = "\(folder)/\(names[0])"
        if let target {
            try HostFiles.remove(link)
            try HostFiles.symbolicLink(link, to: target)
        }
        let inode = try HostFiles.attributes(link, followingLinks: false)?.inode
        // In the middle of a rotation.
        if target == nil { try HostFiles.remove(container.logPath) }
        var after = links()
        after.note(.found(container))
        #expect(try HostFiles.target(ofLink: link) == container.logPath)
        if target == nil {
            #expect(try HostFiles.attributes(link, followingLinks: false)?.inode == inode, "it is not made anew")
        }
        after.note(.gone(container.id))
        #expect(names == [])
    }

    @Test func namesAreCutToWhatFileSystemsTake() throws {
        var links = links()
        let pod = String(repeating: "p", count: 253)
        let (one, two) = (try container("one", pod: pod), try container("two", pod: pod))
        links.note(.found(one))
        #expect(names.map(\.utf8.count) == [255])
        #expect(names.first?.hasSuffix(".log") == true)
        links.note(.found(two))
        let link = "\(folder)/\(try #require(names.first))"
        #expect(try HostFiles.target(ofLink: link) == two.logPath)
        links.note(.gone(one.id))
        #expect(try HostFiles.target(ofLink: link) == two.logPath, "it is the other's by now")
    }

    @Test func deadLinksAreSweptAway() throws {
        var links = links()
        let (kept, rotated, dead) = (try container("kept"), try container("rotated"), try container("dead"))
        for container in [kept, rotated, dead] { links.note(.found(container)) }
        for container in [rotated, dead] { try HostFiles.remove(container.logPath) }
        try HostFiles.symbolicLink("\(folder)/foreign.log", to: "/elsewhere/0.log")
        try HostFiles.write([], to: "\(folder)/file.log", mode: 0o644)
        try ContainerLogLinks.sweep(folder, of: logs, keeping: [rotated.logPath])
        #expect(
            names == [
                "file.log", "foreign.log", "web-node_default_web-kept.log", "web-node_default_web-rotated.log",
            ])
        try ContainerLogLinks.sweep(directory.path + "/missing", of: logs, keeping: [])
    }

    /// - Parameter isRotating: whether logs are rotated.
    @Test(arguments: [false, true]) func theKubeletKeepsThemAndSweepsWhatOneBeforeItLeft(isRotating: Bool) async throws
    {
        var kubelet = try TestKubelet()
        if isRotating { kubelet.logRotation = LogRotationPolicy() }
        let paths = kubelet.paths
        try HostFiles.createDirectory(paths.logLinks)
        try HostFiles.symbolicLink("\(paths.logLinks)/left.log", to: "\(paths.logs)/default_left_uid/web/0.log")
        let running = kubelet
        try await running.run {
            running.want(.sample())
            try await running.waitForRun(attempt: 0)
            let id = try #require(running.runtime.state.container(named: "web")?.id)
            try await wait(for: ["web-node_default_web-\(id).log"], in: paths.logLinks)
            running.want()
            try await running.waitForStatuses(\.isEmpty)
            try await wait(for: [], in: paths.logLinks)
        }
    }

    private func wait(for names: [String], in folder: String) async throws {
        while try HostFiles.list(folder) != names {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
