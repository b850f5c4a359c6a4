package import ContainerRuntime
import KubernetesAPI
import StructuredData

/// The resolver settings of a pod, after upstream's `pkg/kubelet/network/dns/dns.go`.
package struct PodDNS: Sendable, Hashable {
    /// Cluster DNS servers of the kubelet's configuration.
    package var clusterServers: [String]
    package var clusterDomain: String
    /// The host's own settings.
    package var host: DNSConfiguration

    package init(clusterServers: [String], clusterDomain: String, host: DNSConfiguration) {
        self.clusterServers = clusterServers
        self.clusterDomain = clusterDomain
        self.host = host
    }

    static let maximumServers = 3
    static let maximumSearches = 32
    static let maximumSearchCharacters = 2048

    func configuration(for pod: Pod) -> DNSConfiguration {
        var settings = base(for: pod)
        if let own = pod.spec.dnsConfig {
            settings.servers = Self.unique(settings.servers + own.nameservers)
            settings.searches = Self.unique(settings.searches + own.searches)
            let named = own.options.map { option in
                (name: option.name, text: option.value.map { "\(option.name):\($0)" } ?? option.name)
            }
            settings.options = settings.options.filter { option in
                !named.contains { $0.name == option.split(separator: ":").first.map(String.init) }
            }
            settings.options += named.map(\.text)
        }
        settings.servers = Array(settings.servers.prefix(Self.maximumServers))
        settings.searches = Self.bounded(settings.searches)
        return settings
    }

    private func base(for pod: Pod) -> DNSConfiguration {
        switch pod.spec.dnsPolicy {
        case "None": return DNSConfiguration()
        case "ClusterFirstWithHostNet": break
        case "ClusterFirst" where !pod.spec.hostNetwork: break
        default: return host
        }
        // Without a cluster DNS there is nothing to ask first: the host's settings are the only ones that can work.
        guard !clusterServers.isEmpty else { return host }
        let domains =
            clusterDomain.isEmpty
            ? [] : ["\(pod.metadata.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain]
        return DNSConfiguration(
            servers: clusterServers, searches: Self.unique(domains + host.searches), options: ["ndots:5"])
    }

    private static func unique(_ list: [String]) -> [String] {
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }

    private static func bounded(_ searches: [String]) -> [String] {
        var characters = -1
        return searches.prefix(maximumSearches).filter { search in
            characters += search.utf8.count + 1
            return characters <= maximumSearchCharacters
        }
    }
}

extension DNSConfiguration {
    /// Reads a `resolv.conf`; of several `search` and `options` lines the last one counts.
    package init(parsing text: String) {
        self.init()
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            switch words.first {
            case "nameserver": if words.count > 1 { servers.append(words[1]) }
            case "search": searches = words.dropFirst().map { $0 == "." ? $0 : Self.withoutRoot($0) }
            case "options": options = Array(words.dropFirst())
            default: break
            }
        }
    }

    private static func withoutRoot(_ domain: String) -> String {
        domain.hasSuffix(".") ? String(domain.dropLast()) : domain
    }
}
