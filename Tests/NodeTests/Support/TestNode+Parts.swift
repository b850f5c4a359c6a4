import Glibc
import HostSystem
import NIOPosix
import Synchronization

extension TestNode {
    // MARK: Kubelet

    /// Starts containerd, API server and kubelet as processes of their own, and returns when the node is ready.
    func startParts() async throws {
        try await startContainerd()
        try startAPIServer()
        try await eventually("the API server has written its kubeconfigs") {
            HostFiles.exists("\(self.directory)/kubelet.conf") && HostFiles.exists(self.adminConfig)
        }
        try startKubelet()
        try await waitUntilReady()
    }

    /// Kills the kubelet and starts another; returns when that one answers.
    func replaceKubelet(meanwhile change: () async throws -> Void = {}) async throws {
        try await stop(.kubelet, signal: SIGKILL)
        try await change()
        try startKubelet()
        try await waitUntilKubeletAnswers()
    }

    func waitUntilKubeletAnswers() async throws {
        try await eventually("the kubelet answers") {
            try self.checkPrograms()
            return try await self.kubectl("get", "--raw", "/api/v1/nodes/\(Self.name)/proxy/configz").succeeded
        }
    }

    // MARK: containerd

    /// The node's containerd, which is nobody's child.
    func containerdProcess() throws -> ProcessHandle? {
        try ProcessHandle.all(named: "containerd").first {
            try $0.commandLine().contains("\(containerdDirectory)/config.toml")
        }
    }

    /// Kills containerd and waits for its end; containers run on.
    func killContainerd() async throws {
        guard let process = try containerdProcess() else { return }
        try process.send(signal: SIGKILL)
        try await process.waitUntilEnded(on: MultiThreadedEventLoopGroup.singleton)
    }

    /// Starts containerd again; it knows the images still.
    func restartContainerd() async throws {
        try await script("containerd-start.sh", containerdDirectory)
        // Its CRI service is there before it has found what runs.
        try await eventually("containerd knows its pods") { try? await self.runtime() }
    }

    // MARK: Power

    /// Ends everything at once; what a machine keeps in memory is gone.
    func cutPower() async throws {
        for program in Program.allCases { try await stop(program, signal: SIGKILL) }
        try await script("containerd-power-cut.sh", containerdDirectory, cgroup)
        try await script("unmount-below.sh", directory)
    }

    /// Starts everything again, and returns when the node is ready.
    func boot() async throws {
        try await restartContainerd()
        try startAPIServer()
        try startKubelet()
        try await waitUntilReady()
    }

    // MARK: Points in the work of others

    /// Waits until kubelet and containerd have logged so many bytes more, or fall silent: points in their work that
    /// a fast machine reaches as well as a slow one.
    func waitForLogs(toGrowBy bytes: Int64) async throws {
        func size() throws -> Int64 {
            try ["\(directory)/\(Program.kubelet.log)", "\(containerdDirectory)/containerd.log"]
                .reduce(0) { try $0 + (HostFiles.attributes($1)?.size ?? 0) }
        }
        let target = try size() + bytes
        var last: Int64 = 0
        var silence = 0
        try await eventually("the logs grow or fall silent", every: .milliseconds(5)) {
            let now = try size()
            silence = now == last ? silence + 1 : 0
            last = now
            return now >= target || silence >= 100
        }
    }

    // MARK: Manifests

    /// Returns when the kubelet has acted on a change that was made after all others: it has seen those too.
    func waitUntilManifestsAreRead() async throws {
        var sentinel = WitnessedPod("sentinel")
        sentinel.containers = [WitnessedPod.Container("main")]
        let last = try await shown(sentinel.name)?.edition
        sentinel.edition = (last ?? 0) + 1
        try await run(sentinel)
    }

    /// Removes every manifest, and waits until nothing of the pods is left in containerd.
    func removeAllPods() async throws {
        for file in try HostFiles.list(manifests) { try HostFiles.remove("\(manifests)/\(file)") }
        try await eventually("nothing of the pods is left") {
            let snapshot = try await self.runtime()
            return snapshot.sandboxes.isEmpty && snapshot.containers.isEmpty
        }
        try HostFiles.removeTree(witness)
    }
}
