import KubernetesAPI
import Testing

@testable import Kubelet

/// What is left of a machine for its pods.
struct NodeResourcesTests {
    private static let inventory = {
        var inventory = HostInventory()
        inventory.cpus = 4
        inventory.memory = 8 << 30
        inventory.ephemeralStorage = 100 << 30
        inventory.processes = 32_768
        return inventory
    }()

    private static func reservations(
        system: ResourceList = [:], kube: ResourceList = [:], eviction: [String: String] = [:]
    ) -> NodeResources.Reservations {
        var reservations = NodeResources.Reservations()
        (reservations.system, reservations.kube, reservations.hardEviction) = (system, kube, eviction)
        return reservations
    }

    @Test(arguments: [(0, 110), (10, 40), (50, 110)] as [(Int32, Int64)])
    func podsAreCountedByCoresToo(_ perCore: Int32, _ expected: Int64) {
        #expect(Self.inventory.maxPods(limit: 110, perCore: perCore) == expected)
    }

    @Test func withoutReservationsPodsMayHaveAll() throws {
        let resources = try NodeResources(Self.inventory)
        #expect(resources.capacity == ["cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi"])
        #expect(resources.allocatable == resources.capacity)
        #expect(resources.limits(isEnforced: true) == ["cpu": "4", "memory": "8Gi", "pid": "32768"])
    }

    @Test func whatIsReservedPodsDoNotGet() throws {
        let resources = try NodeResources(
            Self.inventory,
            reserving: Self.reservations(
                system: ["cpu": "500m", "memory": "1Gi", "pid": "1000"],
                kube: ["memory": "512Mi", "ephemeral-storage": "1Gi"],
                eviction: ["memory.available": "512Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%"]))
        #expect(resources.capacity["memory"] == "8Gi")
        #expect(resources.allocatable["cpu"] == "3500m")
        #expect(resources.allocatable["memory"] == "6Gi")
        #expect(resources.allocatable["ephemeral-storage"]?.value == 95_563_022_176, "10% and 1Gi less")
        #expect(
            resources.limits(isEnforced: true) == ["cpu": "3500m", "memory": "6656Mi", "pid": "31768"],
            "what eviction keeps free is no limit")
        #expect(resources.limits(isEnforced: false)["memory"] == "8Gi")
    }

    @Test func hugePagesAreNoOtherMemory() throws {
        var inventory = Self.inventory
        inventory.hugePages = [2 << 20: 512, 1 << 30: 0]
        let resources = try NodeResources(inventory)
        #expect(resources.capacity["memory"] == "8Gi")
        #expect(resources.capacity["hugepages-2Mi"] == "1Gi")
        #expect(resources.capacity["hugepages-1Gi"] == "0")
        #expect(resources.allocatable["memory"] == "7Gi")
        #expect(resources.allocatable["hugepages-2Mi"] == "1Gi")
    }

    @Test(arguments: [("0%", Int64(8) << 30), ("100%", 8 << 30), ("50%", 4 << 30), ("1Gi", 7 << 30)])
    func thresholdsAreAmountsOrShares(_ threshold: String, _ left: Int64) throws {
        let resources = try NodeResources(
            Self.inventory, reserving: Self.reservations(eviction: ["memory.available": threshold]))
        #expect(resources.allocatable["memory"]?.value == left)
    }

    @Test(arguments: [
        (
            reservations(system: ["memory": "5Gi"], kube: ["memory": "4Gi"]),
            "cannot reserve 9Gi of memory, the machine has 8Gi"
        ),
        (reservations(kube: ["cpu": "5"]), "cannot reserve 5 of cpu, the machine has 4"),
        (reservations(kube: ["pid": "100k"]), "cannot reserve 100k of pid, the machine has 32768"),
        (reservations(eviction: ["memory.available": "9Gi"]), "cannot reserve 9Gi of memory"),
        (reservations(eviction: ["memory.available": "110%"]), "evictionHard memory.available \"110%\" is neither"),
        (reservations(eviction: ["nodefs.available": "much"]), "evictionHard nodefs.available \"much\" is neither"),
        (reservations(eviction: ["memory.available": "-1"]), "evictionHard memory.available \"-1\" is neither"),
    ])
    func whatCannotBeReservedIsSaid(_ reservations: NodeResources.Reservations, _ start: String) {
        let error = #expect(throws: NodeSetupError.self) {
            try NodeResources(Self.inventory, reserving: reservations)
        }
        #expect(error?.description.hasPrefix(start) == true, "\(String(describing: error))")
    }
}
