import KubernetesAPI

/// What a pod with a network of its own calls itself (upstream: `GeneratePodHostNameAndDomain` in
/// `pkg/kubelet/kubelet_pods.go`, `GetNodenameForKernel` in `pkg/kubelet/util/util.go`).
struct PodHostname: Sendable, Hashable {
    /// One label, but for a pod named with dots or a `hostnameOverride`.
    let name: String
    /// Empty for a pod without `subdomain`.
    let domain: String
    private let isShownInFull: Bool

    /// The longest name that upstream gives, and the longest that the kernel takes.
    private static let maximumLength = 63
    private static let kernelLength = 64

    /// - Parameter clusterDomain: the kubelet's; where it has none, the domain ends in `svc`.
    init(of pod: Pod, clusterDomain: String) {
        isShownInFull = pod.spec.setHostnameAsFQDN == true
        if let override = pod.spec.hostnameOverride {
            name = Self.shortened(override)
            domain = ""
            return
        }
        name = Self.shortened(pod.spec.hostname.isEmpty ? pod.metadata.name : pod.spec.hostname)
        let parts = [pod.spec.subdomain, pod.metadata.namespace, "svc", clusterDomain].filter { !$0.isEmpty }
        domain = pod.spec.subdomain.isEmpty ? "" : parts.joined(separator: ".")
    }

    /// What stands for the pod's addresses in its `/etc/hosts`.
    var hosts: [String] { domain.isEmpty ? [name] : ["\(name).\(domain)", name] }

    /// What the kernel is told.
    /// - Throws: `SandboxError` when it is longer than the kernel takes.
    func forKernel() throws -> String {
        guard isShownInFull, !domain.isEmpty else { return name }
        let full = "\(name).\(domain)"
        guard full.utf8.count <= Self.kernelLength else {
            throw SandboxError(
                "failed to construct FQDN from pod hostname and cluster domain, FQDN \(full) is too long "
                    + "(\(Self.kernelLength) characters is the max, \(full.utf8.count) characters requested)")
        }
        return full
    }

    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > maximumLength else { return name }
        var short = name.prefix(maximumLength)
        while let last = short.last, last == "-" || last == "." { short.removeLast() }
        return String(short)
    }
}

/// Why no sandbox can be made as the pod's spec asks for it.
struct SandboxError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
