import HostSystem
import KubernetesAPI

extension KubeletConfiguration {
    /// What can't be had without an API server, one line each.
    func standaloneMessages(flags: KubeletFlags) -> [String] {
        guard flags.isStandalone, enableServer else { return [] }
        var messages: [String] = []
        if authentication.webhook.enabled {
            messages.append(
                "webhook authentication needs an API server: give --kubeconfig, or set authentication.webhook.enabled "
                    + "to false")
        }
        if authorization.mode == KubeletAuthorization.webhook {
            messages.append(
                "webhook authorization needs an API server: give --kubeconfig, or set authorization.mode to "
                    + KubeletAuthorization.alwaysAllow)
        }
        return messages
    }

    /// Keeps a server that has no means to tell who is calling off the network.
    ///
    /// Without an API server only a client CA can tell callers apart. If there is none either, the server is bound to
    /// loopback, whatever `address` says.
    /// - Returns: a warning if that changes what was asked for.
    mutating func shutDoors(flags: KubeletFlags) -> [String] {
        guard flags.isStandalone, authentication.x509.clientCAFile.isEmpty, !Self.loopback.contains(address) else {
            return []
        }
        let asked = address
        address = asked.contains(":") ? "::1" : "127.0.0.1"
        // 0.0.0.0 is the default, so nobody need have asked for it.
        guard enableServer, asked != Self.defaults.address else { return [] }
        return [
            "address \(asked) is not used: without --kubeconfig and authentication.x509.clientCAFile the server listens "
                + "on \(address) only"
        ]
    }

    private static let loopback: Set<String> = ["127.0.0.1", "::1"]
}

extension KubeletFlags {
    /// One line for each flag whose value is wrong, as upstream's `ValidateKubeletFlags`.
    ///
    /// - Parameter workingDirectory: what relative paths start from.
    func validationMessages(workingDirectory: String) -> [String] {
        var problems = ConfigurationProblems()
        problems.require(rootDirectory.hasPrefix("/"), "--root-dir \"\(rootDirectory)\" must be an absolute path")
        for address in nodeIP.split(separator: ",") {
            problems.require(NameRules.isIPAddress(String(address)), "--node-ip \"\(address)\" is not an IP address")
        }
        for (key, value) in nodeLabels.sorted(by: { $0.key < $1.key }) {
            if let reason = NameRules.qualifiedName(key) {
                problems.require(false, "--node-labels \"\(key)\": \(reason)")
            }
            if let reason = NameRules.labelValue(value) {
                problems.require(false, "--node-labels \(key) \"\(value)\": \(reason)")
            }
            problems.require(
                !Self.isReserved(key) || Self.isAllowed(key),
                "--node-labels \(key): the kubelet may only set labels of kubernetes.io and k8s.io that begin with "
                    + "kubelet.kubernetes.io or node.kubernetes.io, or are among upstream's well-known ones")
        }
        if !bootstrapKubeconfig.isEmpty {
            let isThere = !kubeconfig.isEmpty && HostFiles.exists(FilePaths.join(workingDirectory, kubeconfig))
            problems.require(
                isThere,
                "--bootstrap-kubeconfig is not supported: make the file of --kubeconfig \"\(kubeconfig)\" beforehand")
        }
        return problems.messages
    }

    private static func labelDomain(_ key: String) -> Substring {
        key.firstIndex(of: "/").map { key[..<$0] } ?? ""
    }

    private static func isReserved(_ key: String) -> Bool {
        let domain = labelDomain(key)
        return ["kubernetes.io", "k8s.io"].contains { domain == $0 || domain.hasSuffix(".\($0)") }
    }

    /// Upstream's `IsKubeletLabel`.
    private static func isAllowed(_ key: String) -> Bool {
        let domain = labelDomain(key)
        return wellKnownLabels.contains(key)
            || ["kubelet.kubernetes.io", "node.kubernetes.io"].contains { domain == $0 || domain.hasSuffix(".\($0)") }
    }

    private static let wellKnownLabels: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
    ]
}
