import HostSystem
import Synchronization
import Testing

/// Hands out what nodes that run side by side must not share, each thing once.
enum MachineShare {
    /// Below the ports that the kernel gives to outgoing connections, so that none takes a port between two starts of
    /// a server. Another run of the tests begins elsewhere.
    private static let ports = Mutex(Int.random(in: 20_000..<30_000))
    private static let networks = Mutex(Int.random(in: 0..<250))

    /// Takes hold of a port that nobody uses.
    static func heldPort() throws -> LoopbackSocket {
        for _ in 0..<1000 {
            let port = ports.withLock { port in
                port += 1
                return port
            }
            if let socket = LoopbackSocket(port: port) { return socket }
        }
        throw Command.Failure(description: "no free port on the loopback")
    }

    /// A port that nobody uses.
    static func port() throws -> Int { try heldPort().port }

    /// Bridge and subnet of a private containerd, as its file `network` has them. Those that containerd's directory
    /// decides could be the same for two nodes whose bridges don't stand yet.
    static func network() throws -> String {
        let routes = try HostFiles.readText("/proc/net/route")
        for _ in 0..<250 {
            let number = networks.withLock { number in
                number = (number + 1) % 250
                return number + 1
            }
            // Interface, and destination with the lowest byte first.
            let isTaken = routes.contains("swl\(number)\t") || routes.contains("\t00\(hexadecimal(number))580A\t")
            if !isTaken { return "swl\(number) 10.88.\(number).0/24\n" }
        }
        throw Command.Failure(description: "every subnet in 10.88.0.0/16 is taken")
    }

    private static func hexadecimal(_ byte: Int) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
