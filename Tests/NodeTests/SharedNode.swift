import HostSystem
import Testing

extension RealParts {
    /// Tests that share one `swiftlet server`; each works on pods of its own, and `nginx` always runs.
    @Suite(
        .serialized,
        .node("main") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "clusterDomain: cluster.test", "clusterDNS: [192.0.2.53]",
                "resolvConf: \(node.resolverFile)", "allowedUnsafeSysctls: [net.core.*]",
                "seccompDefault: true")
            try HostFiles.writeAtomically("nameserver 192.0.2.1\n", to: node.resolverFile, mode: 0o600)
            try await node.startServer()
            try node.add("nginx", HostFiles.readText("\(node.tier.checkout)/Examples/static-nginx.yaml"))
            try await node.ready("nginx")
        })
    enum SharedNode {}
}
