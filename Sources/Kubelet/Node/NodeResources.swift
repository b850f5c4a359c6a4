package import KubernetesAPI

/// What a machine has, what of it is kept from pods, and what is left to them (upstream:
/// `pkg/kubelet/cm/node_container_manager_linux.go`, `MachineInfo` in `pkg/kubelet/nodestatus/setters.go`).
package struct NodeResources: Sendable, Hashable {
    /// What pods don't get.
    package struct Reservations: Sendable, Hashable {
        /// `systemReserved`: amounts of `cpu`, `memory`, `ephemeral-storage` and `pid`.
        package var system: ResourceList = [:]
        /// `kubeReserved`, the same.
        package var kube: ResourceList = [:]
        /// `evictionHard`: what is to stay free of memory and disk, as an amount or in per cent.
        package var hardEviction: [String: String] = [:]

        package init() {}
    }

    package let capacity: ResourceList
    /// What pods may request together.
    package let allocatable: ResourceList
    package let reservations: Reservations
    /// How many processes there may be at a time.
    private let processes: Int64

    /// - Throws: `NodeSetupError` when more is reserved than there is.
    package init(_ inventory: HostInventory, reserving reservations: Reservations = Reservations()) throws {
        self.reservations = reservations
        capacity = inventory.capacity
        processes = inventory.processes
        var kept = reservations.system
        kept.add(reservations.kube)
        kept.add(try Self.keptFree(reservations.hardEviction, of: capacity))
        var left = capacity
        for (name, amount) in kept.sorted(by: { $0.key < $1.key }) {
            let present = name == "pid" ? Quantity(processes) : capacity[name]
            guard let present, amount <= present else {
                throw NodeSetupError(
                    "cannot reserve \(amount) of \(name), the machine has \(present ?? Quantity()): "
                        + "see systemReserved, kubeReserved and evictionHard in the kubelet's configuration")
            }
            if name != "pid" { left[name] = present - amount }
        }
        // Memory that is made into huge pages is no other memory.
        let pages = left.filter { ResourceName.isHugePages($0.key) }.values.reduce(Quantity(), +)
        if let memory = left["memory"] { left["memory"] = max(Quantity(0, format: .binarySI), memory - pages) }
        allocatable = left
    }

    /// What the cgroup of all pods is limited to: eviction is to come first, so its thresholds don't count.
    /// - Parameter isEnforced: whether it is less than all there is.
    func limits(isEnforced: Bool) -> ResourceList {
        var limits = capacity
        limits["ephemeral-storage"] = nil
        if processes > 0 { limits["pid"] = Quantity(processes) }
        guard isEnforced else { return limits }
        for reserved in [reservations.system, reservations.kube] {
            for (name, amount) in reserved { limits[name] = limits[name].map { $0 - amount } }
        }
        return limits
    }

    /// What eviction at once keeps free.
    private static func keptFree(_ thresholds: [String: String], of capacity: ResourceList) throws -> ResourceList {
        var kept: ResourceList = [:]
        let signals = ["memory.available": "memory", "nodefs.available": "ephemeral-storage"]
        for (signal, text) in thresholds {
            guard let name = signals[signal], let present = capacity[name] else { continue }
            kept[name] = try threshold(text, of: present, for: signal)
        }
        return kept
    }

    private static func threshold(_ text: String, of present: Quantity, for signal: String) throws -> Quantity {
        if let percentage = text.hasSuffix("%") ? Float(text.dropLast()) : nil, (0...100).contains(percentage) {
            // As upstream has it, 0% and 100% turn the threshold off.
            if percentage == 0 || percentage == 100 { return Quantity() }
            // With upstream's precision, for the same bytes.
            return Quantity(Int64(Double(present.value) * Double(percentage / 100)), format: .binarySI)
        }
        guard let amount = Quantity(text), amount >= Quantity() else {
            throw NodeSetupError("evictionHard \(signal) \"\(text)\" is neither an amount such as 100Mi nor like 10%")
        }
        return amount
    }
}

/// Why this machine can't be the node that the configuration asks for; one line.
package struct NodeSetupError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
