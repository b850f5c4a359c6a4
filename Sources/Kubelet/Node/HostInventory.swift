import Glibc
import HostSystem
import KubernetesAPI

/// What this machine is and has, read from the kernel; what can't be read is empty or zero, never made up.
package struct HostInventory: Sendable, Hashable {
    package var hostname = ""
    package var addresses: [String] = []
    package var cpus: Int64 = 0
    /// Bytes.
    package var memory: Int64 = 0
    package var swap: Int64 = 0
    /// How many huge pages there are, by their size in bytes.
    package var hugePages: [Int64: Int64] = [:]
    /// How many processes there may be at a time.
    package var processes: Int64 = 0
    /// The processors that work, as the kernel lists them: `0-3,5`.
    package var onlineCPUs = ""
    package var machineID = ""
    package var systemUUID = ""
    package var bootID = ""
    package var kernelVersion = ""
    package var osImage = ""
    package var architecture = ""
    /// The size in bytes of the file system that holds the kubelet's root.
    package var ephemeralStorage: Int64 = 0
    /// Whether the machine's cgroups are version 2 only.
    package var hasUnifiedCgroups = false
    /// How cgroups are kept from swapping; `nil` where the kernel doesn't count swap by cgroup.
    package var swapControl: SwapControl?
    /// Whether the kernel enforces AppArmor profiles.
    package var hasAppArmor = false
    package var hasSELinux = false
    /// The directories in which the kernel counts how often it slowed a processor down.
    package var thermalThrottles: [String] = []

    /// - Parameter root: the kubelet's root directory.
    package static func read(root: String) -> HostInventory {
        var inventory = HostInventory()
        var names = utsname()
        if uname(&names) == 0 {
            inventory.hostname = text(of: &names.nodename)
            inventory.kernelVersion = text(of: &names.release)
            inventory.architecture = goArchitecture(text(of: &names.machine))
        }
        inventory.addresses = primaryAddresses()
        inventory.cpus = Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let memory = MemoryInformation.read()
        inventory.memory = memory["MemTotal"] ?? 0
        inventory.swap = memory["SwapTotal"] ?? 0
        inventory.hugePages = hugePages()
        inventory.processes = processLimit()
        inventory.onlineCPUs = line("/sys/devices/system/cpu/online")
        inventory.machineID = line("/etc/machine-id")
        inventory.systemUUID = line("/sys/class/dmi/id/product_uuid")
        if inventory.systemUUID.isEmpty { inventory.systemUUID = inventory.machineID }
        inventory.bootID = line("/proc/sys/kernel/random/boot_id")
        inventory.osImage = osName()
        inventory.ephemeralStorage = (try? DiskSpace.of(root)).map { Int64(clamping: $0.capacity) } ?? 0
        inventory.hasUnifiedCgroups = HostFiles.exists("/sys/fs/cgroup/cgroup.controllers")
        inventory.swapControl = swapControl(isUnified: inventory.hasUnifiedCgroups)
        inventory.hasAppArmor =
            HostFiles.exists("/sys/kernel/security/apparmor")
            && line("/sys/module/apparmor/parameters/enabled").hasPrefix("Y")
        // A kernel that has no policy calls everything so.
        inventory.hasSELinux =
            HostFiles.exists("/sys/fs/selinux/enforce") && !line("/proc/self/attr/current").hasPrefix("kernel")
        inventory.thermalThrottles = thermalThrottles()
        return inventory
    }

    private static func swapControl(isUnified: Bool) -> SwapControl? {
        guard isUnified else {
            return HostFiles.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes") ? .withMemory : nil
        }
        // The root has no such file, so it is looked for in the cgroup of this process: `0::/system.slice/x.service`.
        let own = line("/proc/self/cgroup").split(separator: ":", maxSplits: 2).last ?? ""
        return HostFiles.exists("/sys/fs/cgroup\(own)/memory.swap.max") ? .separate : nil
    }

    private static func thermalThrottles() -> [String] {
        let root = "/sys/devices/system/cpu"
        return ((try? HostFiles.list(root)) ?? []).sorted()
            .filter { $0.hasPrefix("cpu") && Int($0.dropFirst(3)) != nil }
            .map { "\(root)/\($0)/thermal_throttle" }.filter(HostFiles.exists)
    }

    /// How many pods there may be (upstream: `MachineInfo` in `pkg/kubelet/nodestatus/setters.go`).
    /// - Parameters:
    ///   - limit: `maxPods`.
    ///   - perCore: `podsPerCore`; 0 for no limit.
    package func maxPods(limit: Int32, perCore: Int32) -> Int64 {
        perCore > 0 ? min(Int64(limit), cpus * Int64(perCore)) : Int64(limit)
    }

    /// What there is for pods and all else, in whole KiB.
    var capacity: ResourceList {
        var capacity: ResourceList = [
            "cpu": Quantity(cpus), "memory": Quantity(memory / 1024 * 1024, format: .binarySI),
            "ephemeral-storage": Quantity(ephemeralStorage / 1024 * 1024, format: .binarySI),
        ]
        for (size, count) in hugePages {
            capacity["hugepages-\(Quantity(size, format: .binarySI))"] = Quantity(size * count, format: .binarySI)
        }
        return capacity
    }

    private static func hugePages() -> [Int64: Int64] {
        let root = "/sys/kernel/mm/hugepages"
        var pages: [Int64: Int64] = [:]
        for name in (try? HostFiles.list(root)) ?? [] where name.hasPrefix("hugepages-") && name.hasSuffix("kB") {
            guard let kibibytes = Int64(name.dropFirst("hugepages-".count).dropLast(2)) else { continue }
            pages[kibibytes * 1024] = Int64(line("\(root)/\(name)/nr_hugepages")) ?? 0
        }
        return pages
    }

    /// As upstream counts it (`pkg/kubelet/stats/pidlimit`): no more than there are numbers and room for threads.
    private static func processLimit() -> Int64 {
        ["pid_max", "threads-max"].compactMap { Int64(line("/proc/sys/kernel/\($0)")) }.min() ?? 0
    }

    private static func line(_ path: String) -> String {
        let text = (try? HostFiles.readText(path, limit: 4096)) ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    private static func text<Field>(of field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The names that Go, and so Kubernetes, has for processor architectures.
    private static func goArchitecture(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "armv7l", "armv6l": "arm"
        case "i686", "i386": "386"
        default: machine
        }
    }

    private static func osName() -> String {
        let text = (try? HostFiles.readText("/etc/os-release", limit: 65_536)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return line.dropFirst("PRETTY_NAME=".count).trimmingQuotes
        }
        return ""
    }

    /// The address that traffic to elsewhere would leave from; without a route, the first one that is not loopback.
    /// Connecting a datagram socket sends nothing: it only asks the routing table.
    private static func primaryAddresses() -> [String] {
        let routed = sourceAddress(towards: "192.0.2.1").map { [$0] } ?? []
        return routed.isEmpty ? Array(interfaceAddresses().prefix(1)) : routed
    }

    private static func sourceAddress(towards destination: String) -> String? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(9).bigEndian
        guard inet_pton(AF_INET, destination, &address.sin_addr) == 1 else { return nil }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        return isKnown ? text(of: address.sin_addr) : nil
    }

    private static func interfaceAddresses() -> [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            let isUsable =
                entry.ifa_flags & UInt32(IFF_UP) != 0
                && entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
            guard isUsable, let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else {
                continue
            }
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                if let text = text(of: pointer.pointee.sin_addr) { addresses.append(text) }
            }
        }
        return addresses
    }

    private static func text(of address: in_addr) -> String? {
        var address = address
        var buffer = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
        guard inet_ntop(AF_INET, &address, &buffer, socklen_t(INET_ADDRSTRLEN)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        let inner = hasPrefix("\"") ? dropFirst() : self
        return String(inner.hasSuffix("\"") ? inner.dropLast() : inner)
    }
}
