package import ContainerRuntime
import HostSystem
import KubernetesAPI
import StructuredData

/// The resolver settings of a pod, after upstream's `pkg/kubelet/network/dns/dns.go`.
package struct PodDNS: Sendable, Hashable {
    /// Cluster DNS servers of the kubelet's configuration.
    package var clusterServers: [String]
    package var clusterDomain: String
    /// The host's `resolv.conf`, which is read for each sandbox; empty for none, which leaves pods the resolver on their
    /// own loopback address.
    package var resolverFile: String
    /// The node's, which tell of what family that address is.
    package var nodeAddresses: [String]

    package init(clusterServers: [String], clusterDomain: String, resolverFile: String, nodeAddresses: [String] = []) {
        self.clusterServers = clusterServers
        self.clusterDomain = clusterDomain
        self.resolverFile = resolverFile
        self.nodeAddresses = nodeAddresses
    }

    /// What is not as the pod's or the node's owner may think.
    struct Warning: Sendable, Hashable {
        enum Subject: Sendable, Hashable { case pod, node }

        var subject: Subject
        /// Of the event.
        var reason: String
        var message: String
    }

    struct Settings: Sendable, Hashable {
        var configuration = DNSConfiguration()
        var warnings: [Warning] = []
    }

    /// - Throws: `HostSystemError` when the host's settings are needed and can't be read.
    func settings(for pod: Pod) throws -> Settings {
        var settings = try base(for: pod)
        if let own = pod.spec.dnsConfig { settings.configuration.merge(own) }
        settings.limit()
        return settings
    }

    private func base(for pod: Pod) throws -> Settings {
        switch pod.spec.dnsPolicy {
        case "None": return Settings()
        case "ClusterFirstWithHostNet": break
        case "ClusterFirst" where !pod.spec.hostNetwork: break
        default: return Settings(configuration: try host())
        }
        // Without a cluster DNS there is nothing to ask first: the host's settings are the only ones that can work.
        guard !clusterServers.isEmpty else {
            return Settings(configuration: try host(), warnings: Self.missingClusterDNS(pod))
        }
        let searches = resolverFile.isEmpty ? [] : try host().searches
        let domains =
            clusterDomain.isEmpty
            ? [] : ["\(pod.metadata.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain]
        return Settings(
            configuration: DNSConfiguration(
                servers: clusterServers, searches: (domains + searches).unique, options: ["ndots:5"]))
    }

    private static func missingClusterDNS(_ pod: Pod) -> [Warning] {
        let message =
            "kubelet does not have ClusterDNS IP configured and cannot create Pod using \"ClusterFirst\" policy. "
            + "Falling back to \"Default\" policy."
        return [
            Warning(subject: .node, reason: "MissingClusterDNS", message: message),
            Warning(subject: .pod, reason: "MissingClusterDNS", message: "pod: \"\(pod.nameInMessages)\". \(message)"),
        ]
    }

    // MARK: The host

    private static let maximumFileSize = 10 << 20

    /// The host's settings as they are now.
    private func host() throws -> DNSConfiguration {
        guard resolverFile.isEmpty else {
            return DNSConfiguration(parsing: try HostFiles.readText(resolverFile, limit: Self.maximumFileSize))
        }
        // A runtime that is given nothing copies the host's file.
        let servers = nodeAddresses.map { $0.contains(":") ? "::1" : "127.0.0.1" }.unique
        return DNSConfiguration(servers: servers.isEmpty ? ["127.0.0.1"] : servers, searches: ["."])
    }

    /// What of the host's file can't be had by pods; the first thing only (upstream: `CheckLimitsForResolvConf`).
    package var hostProblem: String? {
        guard !resolverFile.isEmpty else { return nil }
        let searches: [String]
        do {
            searches = try host().searches
        } catch {
            return "\(error)"
        }
        let room = Limits.searches - (clusterDomain.isEmpty ? 0 : 3)
        if searches.count > room {
            return "Resolv.conf file '\(resolverFile)' contains search line consisting of more than \(room) domains!"
        }
        if searches.contains(where: { $0.utf8.count > Limits.searchLength }) {
            return "Resolv.conf file \"\(resolverFile)\" contains a search path which length is more than allowed "
                + "\(Limits.searchLength) chars!"
        }
        if searches.joined(separator: " ").utf8.count > Limits.searchCharacters {
            return "Resolv.conf file '\(resolverFile)' contains search line which length is more than allowed "
                + "\(Limits.searchCharacters) chars!"
        }
        return nil
    }
}

/// What resolvers take.
private enum Limits {
    static let servers = 3
    static let searches = 32
    /// Of one domain: some resolvers end their process at longer ones.
    static let searchLength = 253
    /// Of all of them with blanks between.
    static let searchCharacters = 2048
}

extension PodDNS.Settings {
    /// Leaves out what resolvers don't take, with a warning each.
    fileprivate mutating func limit() {
        let servers = Array(configuration.servers.prefix(Limits.servers))
        if servers != configuration.servers {
            warn(
                "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ",
                servers)
            configuration.servers = servers
        }
        let searches = Self.bounded(configuration.searches)
        if searches != configuration.searches {
            warn(
                "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ",
                searches)
            configuration.searches = searches
        }
    }

    private mutating func warn(_ text: String, _ applied: [String]) {
        let message = text + applied.joined(separator: " ")
        warnings.append(PodDNS.Warning(subject: .pod, reason: "DNSConfigForming", message: message))
    }

    private static func bounded(_ searches: [String]) -> [String] {
        var characters = -1
        return searches.prefix(Limits.searches).filter { $0.utf8.count <= Limits.searchLength }.prefix { search in
            characters += search.utf8.count + 1
            return characters <= Limits.searchCharacters
        }
    }
}

extension DNSConfiguration {
    /// Reads a `resolv.conf`; of several `search` and `options` lines the last one counts.
    package init(parsing text: String) {
        self.init()
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
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

    /// Adds what a pod asks for; an option of its takes the place of one of that name.
    fileprivate mutating func merge(_ own: PodDNSConfig) {
        servers = (servers + own.nameservers).unique
        searches = (searches + own.searches).unique
        for option in own.options {
            let value = option.value ?? ""
            options.removeAll { $0.split(separator: ":").first.map(String.init) == option.name }
            options.append(value.isEmpty ? option.name : "\(option.name):\(value)")
        }
    }
}

extension [String] {
    /// Without those that were there before.
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
