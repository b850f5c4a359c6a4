import HostSystem
import Testing

@testable import PrivateContainerd

@Suite struct PodNetworkTests {
    @Test(arguments: [
        ("123456789", 930_766_865 as UInt32), ("", 4_294_967_295), ("/var/lib/swiftlet/containerd", 2_519_883_850),
    ])
    func theChecksumIsThatOfCksum(text: String, sum: UInt32) {
        #expect(PodNetwork.checksum(Array(text.utf8)) == sum)
    }

    @Test func aTakenSubnetIsPassedOver() throws {
        let path = "/srv/containerd"
        let first = try PodNetwork.choose(forDirectory: path, routes: [])
        let number = try #require(UInt32(first.name.dropFirst(3)))
        #expect(first.subnet == "10.88.\(number).0/24")
        let taken = Route(destination: 10 << 24 | 88 << 16 | number << 8, mask: 0xffff_ff00)
        let second = try PodNetwork.choose(forDirectory: path, routes: [taken])
        #expect(second.name == "swl\(number % 250 + 1)")
    }

    @Test func onlyRoutesIntoASubnetTakeIt() throws {
        let free = try PodNetwork.choose(forDirectory: "/srv", routes: [])
        let number = try #require(UInt32(free.name.dropFirst(3)))
        let wider = [Route(destination: 0, mask: 0), Route(destination: 10 << 24, mask: 0xff00_0000)]
        #expect(try PodNetwork.choose(forDirectory: "/srv", routes: wider) == free)
        let host = Route(destination: 10 << 24 | 88 << 16 | number << 8 | 9, mask: .max)
        #expect(try PodNetwork.choose(forDirectory: "/srv", routes: [host]) != free)
    }

    @Test func whenAllAreTakenTheErrorSaysSo() throws {
        let routes = (1...250).map { Route(destination: 10 << 24 | 88 << 16 | UInt32($0) << 8, mask: 0xffff_ff00) }
        let error = try #require(throws: PrivateContainerdError.self) {
            try PodNetwork.choose(forDirectory: "/srv", routes: routes)
        }
        #expect(error.code == .noSubnet)
    }

    @Test func theKernelsRouteTableIsRead() {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
            swl7\t0007580A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            """
        #expect(
            Route.parse(table) == [
                Route(destination: 0, mask: 0), Route(destination: 0x0a58_0700, mask: 0xffff_ff00),
            ])
    }

    @Test func theChoiceIsKept() async throws {
        try await withTemporaryDirectory { directory in
            let network = try PodNetwork.kept(in: directory)
            #expect(try HostFiles.readText(directory.network) == network.text)
            try HostFiles.writeAtomically("br0 10.1.0.0/16\n", to: directory.network)
            let kept = try PodNetwork.kept(in: directory)
            #expect(kept.name == "br0" && kept.subnet == "10.1.0.0/16")
        }
    }

    @Test(arguments: ["", "swl7", "bridge-of-17-bytes 10.1.0.0/16", "a b c"])
    func aChoiceThatCanNotBeReadIsAnError(text: String) async throws {
        try await withTemporaryDirectory { directory in
            try HostFiles.writeAtomically(text, to: directory.network)
            let error = try #require(throws: PrivateContainerdError.self) { try PodNetwork.kept(in: directory) }
            #expect(error.code == .malformedFile)
        }
    }
}
