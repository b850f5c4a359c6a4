import HostSystem
import Testing

extension RealParts {
    /// Images that go from a full disk.
    @Suite(.serialized, .node("collection") { try await $0.startParts() })
    struct ImageCollectionTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func has(_ image: String) async throws -> Bool {
            try await node.ctr("images", "list", "-q", "name==\(image)").output.contains(image)
        }

        @Test func anUnusedImageGoesAndOneInUseStays() async throws {
            let unused = "docker.io/library/nginx:latest"
            let before = try await node.run("user", Manifest.sleeper("user"))
            #expect(try await has(unused))
            // Every disk is fuller than that.
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "imageGCHighThresholdPercent: 1", "imageGCLowThresholdPercent: 0",
                // Zero stands for the default.
                "imageMinimumGCAge: 1ns")
            try await node.replaceKubelet()
            try await eventually("the unused image is gone") { try await !self.has(unused) }
            for image in ["docker.io/library/busybox:latest", "registry.k8s.io/pause:3.6"] {
                #expect(try await has(image), "\(image)")
            }
            #expect(try await node.ready("user") == before)
            try await eventually("it is told that this was not enough") {
                try await self.node.events("FreeDiskSpaceFailed", of: TestNode.name).contains {
                    $0.hasPrefix("Insufficient free disk space on the node's image filesystem (")
                }
            }
            // What a sandbox is made of is there too.
            try await node.run("next", Manifest.sleeper("next"))
            for pod in ["user", "next"] { try await node.end(pod) }
        }
    }
}
