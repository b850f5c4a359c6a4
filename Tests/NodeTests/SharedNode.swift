import HostSystem
import Testing

extension RealParts {
    /// Tests that share one `swiftlet server`; each works on pods of its own, and `nginx` always runs.
    @Suite(
        .serialized,
        .node("main") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "clusterDomain: cluster.test", "allowedUnsafeSysctls: [net.core.*]",
                "seccompDefault: true")
            try await node.startServer()
            try node.add("nginx", HostFiles.readText("\(node.tier.checkout)/Examples/static-nginx.yaml"))
            try await node.ready("nginx")
        })
    enum SharedNode {}
}
