import Glibc
import HostSystem
import NIOPosix
import Testing

extension RealParts {
    /// The cgroups of pods, in all hierarchies of the machine.
    @Suite(.serialized, .node("cgroups") { try await $0.startParts() })
    struct PodCgroupTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A process that the runtime forgot must not outlive its pod.
        @Test func whatRunsInTheCgroupOfAPodThatIsGoneIsEnded() async throws {
            try await node.run("held", Manifest.sleeper("held"))
            let held = try await node.podCgroups()
            #expect(!held.isEmpty)
            let forgotten = try ChildProcess.spawn(
                ChildProcess.Configuration(executable: "/bin/sleep", arguments: ["1000"], environment: [:]),
                on: MultiThreadedEventLoopGroup.singleton)
            // One of cpusets takes no process before it has processors.
            for cgroup in held where !cgroup.contains("/cpuset") {
                try HostFiles.createDirectory("\(cgroup)/forgotten")
                try HostFiles.write(
                    Array("\(forgotten.processID)".utf8), to: "\(cgroup)/forgotten/cgroup.procs", mode: 0o644)
            }
            try HostFiles.remove("\(node.manifests)/held.yaml")
            #expect(try await forgotten.wait() == .killed(signal: SIGKILL))
            try await eventually("the cgroups are gone") { try await node.podCgroups().isEmpty }
            try await eventually("the mirror is gone") { try await node.observe("held") == nil }
        }

        /// A kubelet that dies while a sandbox is made may never learn the pod's name again.
        @Test func theCgroupOfAPodThatNobodyKnowsGoesWithTheNextStart() async throws {
            try await node.run("known", Manifest.sleeper("known"))
            let known = try await node.podCgroups()
            try await node.stop(.kubelet, signal: SIGKILL)
            for cgroup in known {
                try HostFiles.createDirectory("\(HostFiles.parent(of: cgroup))/podnobodys/half-made")
            }
            try node.startKubelet()
            try await eventually("only cgroups of known pods are left") {
                try await node.podCgroups().sorted() == known.sorted()
            }
            try await node.end("known")
        }
    }
}
