import StructuredData
import Testing

extension RealParts {
    /// A node that wants nearly all of its memory free, which never is.
    @Suite(
        .serialized,
        .node("short") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "evictionHard: {memory.available: 99%}",
                "evictionPressureTransitionPeriod: 1h")
            try await node.startServer()
        })
    struct EvictionTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private let forever = "trap 'exit 0' TERM; sleep 100000 & wait"

        @Test func assignedPodsGoAndStaticOnesStay() async throws {
            let before = try await node.run("nginx", Manifest.shell("nginx", "exec sleep 100000"))
            try await eventually("the node shows it") {
                let node = try JSONValue(parsing: try await node.output("get", "node", TestNode.name, "-o", "json"))
                return node.value(at: "status", "conditions")?.arrayValue?.contains {
                    $0["type"] == "MemoryPressure" && $0["status"] == "True"
                        && $0["reason"] == "KubeletHasInsufficientMemory"
                } ?? false
            }
            try await node.create("besteffort", forever)
            try await node.assigned("besteffort", "is not let in") {
                $0.value(at: "status", "reason") == "Evicted"
                    && $0.value(at: "status", "message")
                        == "Pod was rejected: The node had condition: [MemoryPressure]. "
            }
            try await node.create("burstable", forever, container: "resources: {requests: {memory: 1Mi}}")
            try await node.assigned("burstable", "is evicted") {
                $0.value(at: "status", "phase") == "Failed" && $0.value(at: "status", "reason") == "Evicted"
                    && $0.value(at: "status", "message")?.stringValue?.hasPrefix("The node was low on resource: memory")
                        == true
                    && $0.isDisrupted
            }
            #expect(try await node.observe("nginx")?.container == before.container)
            try await eventually("an event tells") {
                try await node.events("EvictionThresholdMet").contains("Attempting to reclaim memory")
            }
        }
    }
}

extension RealParts.SharedNode {
    /// What pods write on the node's disk.
    @Suite struct StorageLimitTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aPodThatFillsItsVolumeGoes() async throws {
            try await node.create(
                "hoarder", "dd if=/dev/zero of=/data/file bs=1M count=3; exec sleep 100000",
                spec: "volumes: [{name: data, emptyDir: {sizeLimit: 1Mi}}]",
                container: "volumeMounts: [{name: data, mountPath: /data}]")
            try await node.assigned("hoarder", "is evicted") {
                $0.value(at: "status", "reason") == "Evicted"
                    && $0.value(at: "status", "message")
                        == "Usage of EmptyDir volume \"data\" exceeds the limit \"1Mi\". "
            }
            #expect(try await node.assigned("hoarder")?.isDisrupted == false, "it is its own doing")
            try await node.output("delete", "pod", "hoarder")
        }
    }
}
