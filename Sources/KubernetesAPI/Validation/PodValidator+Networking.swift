internal import StructuredData

extension PodValidator {
    // Limits of the resolver of libc, as upstream has them.
    private static let nameserverLimit = 3
    private static let searchLimit = 32
    private static let searchLengthLimit = 2048

    mutating func validateNetworking(at path: FieldPath) {
        collector.checkWord(
            path.child("dnsPolicy"), spec.dnsPolicy, [.clusterFirstWithHostNet, .clusterFirst, .useDefault, .none])
        validateResolver(at: path.child("dnsConfig"))
        for (index, alias) in spec.hostAliases.enumerated() {
            let aliasPath = path.child("hostAliases").index(index)
            collector.check(aliasPath.child("ip"), alias.ip, NameRules.ipAddress)
            for (nameIndex, name) in alias.hostnames.enumerated() {
                let namePath = aliasPath.child("hostnames").index(nameIndex)
                collector.check(namePath, name, NameRules.dns1123Subdomain)
            }
        }
    }

    private mutating func validateResolver(at path: FieldPath) {
        if spec.dnsPolicy == .none {
            guard let config = spec.dnsConfig else {
                return collector.required(path, "must provide `dnsConfig` when `dnsPolicy` is None")
            }
            if config.nameservers.isEmpty {
                let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
                return collector.required(path.child("nameservers"), detail)
            }
        }
        guard let config = spec.dnsConfig else { return }
        if config.nameservers.count > Self.nameserverLimit {
            let detail = "must not have more than \(Self.nameserverLimit) nameservers"
            let value = JSONValue.array(config.nameservers.map { .string($0) })
            collector.invalid(path.child("nameservers"), json: value, detail)
        }
        for (index, server) in config.nameservers.enumerated() {
            collector.check(path.child("nameservers").index(index), server, NameRules.ipAddress)
        }
        validateSearches(config.searches, at: path.child("searches"))
        for (index, option) in config.options.enumerated() where option.name.isEmpty {
            collector.required(path.child("options").index(index), "must not be empty")
        }
    }

    private mutating func validateSearches(_ searches: [String], at path: FieldPath) {
        let joined = searches.joined(separator: " ")
        let value = JSONValue.array(searches.map { .string($0) })
        if searches.count > Self.searchLimit {
            collector.invalid(path, json: value, "must not have more than \(Self.searchLimit) search paths")
        }
        if joined.utf8.count > Self.searchLengthLimit {
            let detail =
                "must not have more than \(Self.searchLengthLimit) characters (including spaces) in the search list"
            collector.invalid(path, json: value, detail)
        }
        for (index, search) in searches.enumerated() where search != "." {
            let name = search.hasSuffix(".") ? String(search.dropLast()) : search
            collector.check(path.index(index), name, NameRules.searchDomain)
        }
    }
}
