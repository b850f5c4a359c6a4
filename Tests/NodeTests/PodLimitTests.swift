import ContainerRuntime
import HostSystem
import KubernetesAPI
import StructuredData
import Testing

extension RealParts {
    /// What the kernel lets pods have, from the files of their cgroups and of those above them.
    @Suite(
        .serialized,
        .node("limits") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "podPidsLimit: 321", "kubeReserved: {cpu: 100m, memory: 64Mi}",
                "evictionHard: {memory.available: 100Mi}")
            try await node.startParts()
        })
    struct PodLimitTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func pod(_ name: String, _ lines: String..., pod more: String = "") -> String {
            Manifest.shell(name, "trap 'exit 0' TERM; sleep 100000 & wait", more: more)
                + lines.map { "    \($0)\n" }.joined()
        }

        /// The cgroup of a pod in the hierarchy of a controller; on a machine with version 2 all have one.
        private func cgroup(_ pod: String, _ controller: String) async throws -> String {
            let uid = try #require(try await node.runtime().sandboxes(of: pod).first?.metadata.uid)
            let all = try await node.podCgroups()
            let found = all.first { ($0.contains("/\(controller)/") || isUnified) && $0.contains(uid) }
            return try #require(found, "no cgroup of \(pod) among \(all)")
        }

        private var isUnified: Bool { HostFiles.exists("/sys/fs/cgroup/cgroup.controllers") }

        /// The cgroup of all pods.
        private func above(_ controller: String) -> String {
            "/sys/fs/cgroup/\(isUnified ? "" : "\(controller)/")\(node.cgroup)/kubepods"
        }

        private func text(_ path: String) throws -> String {
            String(try HostFiles.readText(path).split(separator: "\n").first ?? "")
        }

        private func expectLimits(
            _ pod: String, cpu: Int64, memory: Int64, shares: Int64, _ place: SourceLocation = #_sourceLocation
        ) async throws {
            let limits = try ContainerLimits(
                cpu: try await cgroup(pod, "cpu"), memory: try await cgroup(pod, "memory"), isUnified: isUnified)
            #expect(limits == ContainerLimits(cpuQuota: cpu, memory: memory), sourceLocation: place)
            if !isUnified {
                #expect(
                    try text("\(await cgroup(pod, "cpu"))/cpu.shares") == "\(shares)", sourceLocation: place)
            }
            #expect(try text("\(await cgroup(pod, "pids"))/pids.max") == "321", sourceLocation: place)
        }

        @Test func aPodHasTheLimitsOfItsContainersTogetherAndFollowsThem() async throws {
            func manifest(_ limit: String) -> String {
                pod(
                    "limited", "resources: {requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: \(limit), memory: 64Mi}}"
                )
            }
            let before = try await node.run("limited", manifest("200m"))
            try await expectLimits("limited", cpu: 20_000, memory: 64 << 20, shares: 102)
            try node.add("limited", manifest("400m"))
            try await eventually("the pod has more") {
                try await self.text(
                    "\(self.cgroup("limited", "cpu"))/\(self.isUnified ? "cpu.max" : "cpu.cfs_quota_us")"
                )
                .hasPrefix("40000")
            }
            #expect(try await node.ready("limited").container == before.container)
            try await node.end("limited")
        }

        @Test func aPodHasLimitsOfItsOwn() async throws {
            let manifest = pod(
                "own", pod: "  resources: {requests: {cpu: 300m, memory: 32Mi}, limits: {cpu: 500m, memory: 96Mi}}")
            let observed = try await node.run("own", manifest)
            try await expectLimits("own", cpu: 50_000, memory: 96 << 20, shares: 307)
            let process = try #require(try await node.process(observed.containerID))
            #expect(try ContainerLimits(ofProcess: process) == ContainerLimits(cpuQuota: 50_000, memory: 96 << 20))
            let status = try await node.mirror("own")?["status"]
            #expect(status?["qosClass"] == "Burstable")
            #expect(status?["allocatedResources"] == ["cpu": "300m", "memory": "32Mi"])
            #expect(
                status?["resources"]
                    == ["limits": ["cpu": "500m", "memory": "96Mi"], "requests": ["cpu": "300m", "memory": "32Mi"]])
            try await node.end("own")
        }

        @Test func whatAPodTakesBesideItsContainersIsItsTo() async throws {
            let manifest = pod(
                "beside", "resources: {requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: 200m, memory: 64Mi}}",
                pod: "  overhead: {cpu: 50m, memory: 32Mi}")
            let observed = try await node.run("beside", manifest)
            try await expectLimits("beside", cpu: 25_000, memory: 96 << 20, shares: 153)
            let process = try #require(try await node.process(observed.containerID))
            #expect(try ContainerLimits(ofProcess: process) == ContainerLimits(cpuQuota: 20_000, memory: 64 << 20))
            try await node.end("beside")
        }

        @Test func podsShareTheMachineByTheirClass() async throws {
            try await node.run("weighing", pod("weighing", "resources: {requests: {cpu: 250m}}"))
            if !isUnified {
                try await eventually("burstable pods weigh what they request") {
                    try self.text("\(self.above("cpu"))/burstable/cpu.shares") == "256"
                }
                #expect(try text("\(above("cpu"))/besteffort/cpu.shares") == "2")
            }
            try await node.end("weighing")
            if !isUnified {
                try await eventually("nobody is left to weigh") {
                    try self.text("\(self.above("cpu"))/burstable/cpu.shares") == "2"
                }
            }
        }

        @Test func whatIsReservedIsNotAllocatable() async throws {
            let shown = try JSONValue(parsing: try await node.output("get", "node", TestNode.name, "-o", "json"))
            func bytes(_ list: String, _ resource: String) throws -> Int64 {
                let text = try #require(shown.value(at: "status", list, resource)?.stringValue)
                return try #require(Quantity(text)).value
            }
            let capacity = try bytes("capacity", "memory")
            // Another test may have set huge pages aside when this node's kubelet started.
            let pages = try bytes("capacity", "hugepages-2Mi")
            #expect(try capacity - bytes("allocatable", "memory") - pages == 164 << 20)
            let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
            try await eventually("pods are limited") {
                try self.text("\(self.above("memory"))/\(file)") == "\(capacity - (64 << 20))"
            }
        }
    }
}
