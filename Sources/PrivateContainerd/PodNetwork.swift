internal import HostSystem

/// The bridge and subnet of a private containerd's pods.
struct PodNetwork: Hashable {
    /// Of the bridge, and of the CNI network.
    var name: String
    /// In CIDR notation.
    var subnet: String

    /// The network's number, 1 to 250, decides both.
    private init(number: UInt32) {
        name = "swl\(number)"
        subnet = "10.88.\(number).0/24"
    }

    private init(name: String, subnet: String) {
        self.name = name
        self.subnet = subnet
    }

    /// The network that was chosen for a directory, or a new one, which is kept there.
    static func kept(in directory: ContainerdDirectory) throws -> PodNetwork {
        if HostFiles.exists(directory.network) {
            return try PodNetwork(parsing: try HostFiles.readText(directory.network, limit: 4096), directory.network)
        }
        let routes = Route.parse(try HostFiles.readText("/proc/net/route"))
        let network = try choose(forDirectory: directory.path, routes: routes)
        try HostFiles.writeAtomically(network.text, to: directory.network, mode: 0o644)
        return network
    }

    /// The first free network from the one that the directory's path points at, so that several servers on a machine
    /// seldom meet. `scripts/containerd-start.sh` chooses the same one.
    static func choose(forDirectory path: String, routes: [Route]) throws -> PodNetwork {
        let count: UInt32 = 250
        let start = checksum(Array(path.utf8)) % count
        for offset in 0..<count {
            let number = 1 + (start + offset) % count
            let subnet = Route(destination: 10 << 24 | 88 << 16 | number << 8, mask: 0xffff_ff00)
            if !routes.contains(where: subnet.contains) { return PodNetwork(number: number) }
        }
        throw PrivateContainerdError(.noSubnet, "cannot choose the pods' subnet: every one in 10.88.0.0/16 has a route")
    }

    private init(parsing text: String, _ path: String) throws {
        let words = text.split(whereSeparator: \.isWhitespace)
        // The kernel has room for 15 bytes in an interface's name.
        guard words.count == 2, words[0].utf8.count <= 15, words[1].contains("/") else {
            throw PrivateContainerdError(
                .malformedFile,
                "cannot read \(path): it is not the name of a bridge and a subnet, such as swl7 10.88.7.0/24")
        }
        self.init(name: String(words[0]), subnet: String(words[1]))
    }

    /// What the file in the directory holds.
    var text: String { "\(name) \(subnet)\n" }

    /// The checksum that cksum(1) prints: CRC-32 with the length, low byte first, behind the bytes.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var length: [UInt8] = []
        var rest = bytes.count
        while rest > 0 {
            length.append(UInt8(rest & 0xff))
            rest >>= 8
        }
        var register: UInt32 = 0
        for byte in bytes + length {
            register ^= UInt32(byte) << 24
            for _ in 0..<8 { register = register << 1 ^ (register >> 31 == 1 ? 0x04c1_1db7 : 0) }
        }
        return ~register
    }
}

/// An IPv4 route of the main table.
struct Route: Hashable {
    /// The first address as a number, most significant byte first.
    var destination: UInt32
    var mask: UInt32

    /// Whether another route leads to a part, or the whole, of this one's addresses.
    func contains(_ other: Route) -> Bool {
        other.mask & mask == mask && other.destination & mask == destination
    }

    /// Reads `/proc/net/route`, whose second and eighth columns are destination and mask as the machine stores them.
    static func parse(_ table: String) -> [Route] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(whereSeparator: \.isWhitespace)
            guard columns.count >= 8, let destination = UInt32(columns[1], radix: 16),
                let mask = UInt32(columns[7], radix: 16)
            else { return nil }
            return Route(destination: UInt32(bigEndian: destination), mask: UInt32(bigEndian: mask))
        }
    }
}
