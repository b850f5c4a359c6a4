/// What the kubelet is told by flags only: these have no field in the configuration file.
package struct KubeletFlags: Sendable, Hashable {
    /// Who decides where static pods come from when both the file and a flag say so.
    package enum StaticPodPrecedence: String, Sendable, Hashable, CaseIterable {
        /// `staticPodPath` of the file wins over the flags.
        case config
        /// Upstream's order: flags win over the file.
        case flags
    }

    /// What happens to a manifest with unknown or repeated fields.
    package enum FieldValidation: String, Sendable, Hashable, CaseIterable {
        /// The manifest is refused.
        case strict = "Strict"
        /// The fields are ignored and named in a warning.
        case warn = "Warn"
    }

    /// The configuration file; empty for none.
    package var config = ""
    /// The directory of drop-ins; empty for none.
    package var configDirectory = ""
    /// How the API server is reached; empty for a kubelet on its own.
    package var kubeconfig = ""
    package var bootstrapKubeconfig = ""
    /// The node's name; empty for the host's.
    package var hostnameOverride = ""
    package var rootDirectory = "/var/lib/kubelet"
    package var certDirectory = "/var/lib/kubelet/pki"
    /// One address, or two separated by a comma; empty to find out.
    package var nodeIP = ""
    package var nodeLabels: [String: String] = [:]
    package var staticPodPrecedence = StaticPodPrecedence.config
    package var staticPodFieldValidation = FieldValidation.strict
    /// Whether a dead container's predecessors are kept, and how many of them for each container.
    package var maximumDeadContainersPerContainer: Int32 = 1
    /// -1 for no limit.
    package var maximumDeadContainers: Int32 = -1
    package var minimumContainerTTL = GoDuration.zero
    package var registerSchedulable = true
    /// The file or directory that names credential providers; empty for none.
    package var imageCredentialProviderConfig = ""
    /// Where their programs are.
    package var imageCredentialProviderDirectory = ""
    /// Only print the flags.
    package var printsHelp = false
    /// Only print the version.
    package var printsVersion = false

    package init() {}

    /// Whether there is no API server to talk to.
    package var isStandalone: Bool { kubeconfig.isEmpty }
}

/// Everything a flag can set.
package struct KubeletSettings: Sendable, Hashable {
    package var configuration: KubeletConfiguration
    package var flags: KubeletFlags

    package init(configuration: KubeletConfiguration = .defaultsWithoutFile, flags: KubeletFlags = KubeletFlags()) {
        self.configuration = configuration
        self.flags = flags
    }
}
