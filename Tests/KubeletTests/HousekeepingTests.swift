import Glibc
import HostSystem
import KubernetesAPI
import PodSources
import TestSupport
import Testing

@testable import Kubelet

/// What pods left on the machine that nobody knows any more. Directories stand for cgroups here: one that holds a file
/// can't be removed, as a cgroup can't that holds a process.
@Suite(.timeLimit(.minutes(3)))
struct HousekeepingTests {
    private let kubelet: TestKubelet
    private let cgroups: PodCgroups
    private let one = PodUID("one")
    private let two = PodUID("two")

    init() throws {
        kubelet = try TestKubelet()
        cgroups = PodCgroups(root: "/node", mountPoint: kubelet.directory.path + "/hierarchies")
    }

    private func makeCgroup(_ path: String) throws -> String {
        let directory = "\(kubelet.directory.path)/hierarchies/\(path)"
        try HostFiles.createDirectory(directory)
        return directory
    }

    // MARK: Cgroups

    @Test(arguments: ["", "burstable/", "besteffort/"])
    func aPodsCgroupGoesFromEveryHierarchy(_ place: String) async throws {
        let other = try makeCgroup("memory/node/kubepods/\(place)podtwo")
        for hierarchy in ["memory", "cpu"] { _ = try makeCgroup("\(hierarchy)/node/kubepods/\(place)podone/half/made") }
        #expect(try cgroups.storedPods() == [one, two])
        try await cgroups.remove(one)
        #expect(try cgroups.storedPods() == [two])
        #expect(HostFiles.exists(other))
    }

    @Test func aCgroupThatCannotGoYetIsSaid() async throws {
        let child = try makeCgroup("memory/node/kubepods/podone/busy")
        try HostFiles.createFile("\(child)/held", mode: 0o600)
        let error = await #expect(throws: HostSystemError.self) { try await cgroups.remove(one) }
        #expect(error?.message.contains("kubepods/podone") == true, "\(String(describing: error))")
        #expect(try await !cgroups.removeIfUnused(one))
        try HostFiles.remove("\(child)/held")
        try await cgroups.remove(one)
        #expect(try cgroups.storedPods() == [])
        try await cgroups.remove(one)
    }

    // MARK: A kubelet that starts

    private func makeStray(_ uid: String) throws -> (cgroup: String, directory: String) {
        // Of this controller nothing is set, so no file is written where the kernel would have made one.
        let cgroup = "\(kubelet.directory.path)/cgroup/freezer/kubepods/besteffort/pod\(uid)"
        let directory = kubelet.paths.pod(PodUID(uid))
        for path in [cgroup, directory] { try HostFiles.createDirectory(path) }
        return (cgroup, directory)
    }

    private func waitUntilGone(_ path: String) async throws {
        while HostFiles.exists(path) { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func whatNobodyKnowsIsRemovedAndWhatAPodHasIsKept() async throws {
        let pod = Pod.sample()
        let stray = try makeStray("stray")
        let own = try makeStray(pod.metadata.uid)
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            try await waitUntilGone(stray.cgroup)
            try await waitUntilGone(stray.directory)
            #expect(HostFiles.exists(own.cgroup))
            #expect(HostFiles.exists(own.directory))
        }
    }

    private func makeLog(_ directory: String) throws -> String {
        let container = "\(kubelet.paths.logs)/\(directory)/web"
        try HostFiles.createDirectory(container)
        try HostFiles.writeAtomically("x", to: "\(container)/0.log")
        return "\(kubelet.paths.logs)/\(directory)"
    }

    @Test func logsOfPodsThatNobodyKnowsAreRemovedAndThoseThatAreWrittenStay() async throws {
        let pod = Pod.sample()
        let stray = try makeLog("default_gone_stray")
        let written = try makeLog("default_foreign_written")
        let other = try makeLog("no-pods-directory")
        let writer = open("\(written)/web/0.log", O_WRONLY | O_APPEND)
        defer { close(writer) }
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            try await waitUntilGone(stray)
            // The next look has come by when somebody sleeps till the one after it.
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.clock.waitForSleep(of: .seconds(4))
            let own = kubelet.paths.podLogs(namespace: "default", name: pod.metadata.name, uid: pod.uid)
            for path in [written, other, own] { #expect(HostFiles.exists(path), "\(path)") }
        }
    }

    @Test func whatIsStillInUseIsLookedAtAgain() async throws {
        let stray = try makeStray("stray")
        try HostFiles.createFile("\(stray.cgroup)/held", mode: 0o600)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            try HostFiles.remove("\(stray.cgroup)/held")
            #expect(HostFiles.exists(stray.directory))
            kubelet.clock.advance(by: .seconds(1))
            try await waitUntilGone(stray.cgroup)
            try await waitUntilGone(stray.directory)
        }
    }

    @Test func nothingIsANobodysBeforeAllManifestsAreKnown() async throws {
        let stray = try makeStray("stray")
        try await kubelet.run {
            let desired = DesiredPod(pod: .sample(), hash: PodHash(""), origin: TestKubelet.origin)
            kubelet.want(PodSourceUpdate(source: .file, pods: [desired], problems: [], complete: false))
            try await kubelet.waitForPhase(.running)
            kubelet.clock.advance(by: .seconds(600))
            #expect(HostFiles.exists(stray.directory))
        }
    }

    /// The runtime holds the pod's cgroup a moment longer than its containers.
    @Test func aPodWhoseCgroupIsBusyIsRemovedALittleLater() async throws {
        let pod = Pod.sample()
        let own = try makeStray(pod.metadata.uid)
        try HostFiles.createFile("\(own.cgroup)/held", mode: 0o600)
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.log.wait { lines in lines.contains { $0.message.hasPrefix("cannot remove the pod") } }
            try HostFiles.remove("\(own.cgroup)/held")
            kubelet.clock.advance(by: .seconds(2))
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(!HostFiles.exists(own.cgroup))
        }
    }
}
