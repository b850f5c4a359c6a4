import KubernetesAPI

/// The `/etc/hosts` that the kubelet manages for pods with a network of their own (upstream:
/// `managedHostsFileContent` in `pkg/kubelet/kubelet_pods.go`).
enum EtcHosts {
    /// For a pod on the host's network: the host's own file with the pod's aliases.
    static func text(for pod: Pod, hostFile: String) -> String {
        "# Kubernetes-managed hosts file (host network).\n" + hostFile
            + aliases(of: pod).map { $0 + "\n" }.joined()
    }

    static func text(for pod: Pod, hostname: PodHostname, addresses: [String]) -> String {
        var lines = [
            "# Kubernetes-managed hosts file.",
            "127.0.0.1\tlocalhost",
            "::1\tlocalhost ip6-localhost ip6-loopback",
            "fe00::0\tip6-localnet",
            "fe00::0\tip6-mcastprefix",
            "fe00::1\tip6-allnodes",
            "fe00::2\tip6-allrouters",
        ]
        lines += addresses.map { ([$0] + hostname.hosts).joined(separator: "\t") }
        lines += aliases(of: pod)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func aliases(of pod: Pod) -> [String] {
        guard !pod.spec.hostAliases.isEmpty else { return [] }
        return ["", "# Entries added by HostAliases."]
            + pod.spec.hostAliases.map { "\($0.ip)\t\($0.hostnames.joined(separator: "\t"))" }
    }
}
