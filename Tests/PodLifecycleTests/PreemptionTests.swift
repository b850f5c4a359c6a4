import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// Who has to go so that a critical pod can come.
struct PreemptionTests {
    /// What a pod is, in short: name, kind, and what it asks for.
    struct Tenant: Sendable {
        var name: String
        /// A static pod's if `nil`.
        var priority: Int32?
        var cpu: Int64 = 0
        var memory: Int64 = 0
        /// Whether its limits are its requests.
        var isGuaranteed = false

        var pod: Pod {
            var pod = Pod.sample(name)
            if let priority {
                pod.metadata.annotations = [ConfigAnnotations.source: "api"]
                pod.spec.priority = priority
            }
            var requests: ResourceList = [:]
            if cpu > 0 { requests["cpu"] = Quantity(cpu) }
            if memory > 0 { requests["memory"] = Quantity(memory) }
            pod.spec.containers[0].resources.requests = requests
            if isGuaranteed { pod.spec.containers[0].resources.limits = requests }
            return pod
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var maxPods = 10
        var tenants: [Tenant]
        var newcomer = Tenant(name: "critical", cpu: 2, memory: 2)
        /// `nil` when nothing would help.
        var victims: [String]?
    }

    static let cases: [Case] = [
        Case(
            testDescription: "a static pod takes a lesser one's place",
            tenants: [Tenant(name: "a", priority: 0, cpu: 3, memory: 1)], victims: ["a"]),
        Case(
            testDescription: "static pods don't take each other's",
            tenants: [Tenant(name: "a", cpu: 3, memory: 1)], victims: nil),
        Case(
            testDescription: "nor one of the system's",
            tenants: [Tenant(name: "a", priority: 2_000_001_000, cpu: 3, memory: 1)], victims: nil),
        Case(
            testDescription: "of the system's, one of greater priority does",
            tenants: [Tenant(name: "a", priority: 2_000_000_000, cpu: 3, memory: 1)],
            newcomer: Tenant(name: "node", priority: 2_000_001_000, cpu: 2, memory: 2), victims: ["a"]),
        Case(
            testDescription: "but takes no static pod's",
            tenants: [Tenant(name: "a", cpu: 3, memory: 1)],
            newcomer: Tenant(name: "node", priority: 2_000_001_000, cpu: 2, memory: 2), victims: nil),
        Case(
            testDescription: "not even all would do",
            tenants: [Tenant(name: "a", priority: 0, cpu: 1), Tenant(name: "b", cpu: 3)], victims: nil),
        Case(
            testDescription: "only as many as needed go",
            tenants: [
                Tenant(name: "a", priority: 0, cpu: 1), Tenant(name: "b", priority: 0, cpu: 1),
                Tenant(name: "c", priority: 0, cpu: 1),
            ], victims: ["a"]),
        Case(
            testDescription: "the one that comes nearest goes",
            tenants: [
                Tenant(name: "a", priority: 0, cpu: 1, memory: 1), Tenant(name: "b", priority: 0, cpu: 2, memory: 3),
            ], newcomer: Tenant(name: "critical", cpu: 3, memory: 1), victims: ["b"]),
        Case(
            testDescription: "a burstable one goes rather than a guaranteed one",
            tenants: [
                Tenant(name: "a", priority: 0, cpu: 2, memory: 1, isGuaranteed: true),
                Tenant(name: "b", priority: 0, cpu: 2, memory: 1),
            ], victims: ["b"]),
        Case(
            testDescription: "one that asks for nothing goes for its place",
            maxPods: 2,
            tenants: [Tenant(name: "a", priority: 0), Tenant(name: "b", priority: 0, cpu: 1)],
            newcomer: Tenant(name: "critical"), victims: ["a"]),
    ]

    @Test(arguments: cases) func critical(_ situation: Case) {
        var room = NodeRoom(maxPods: situation.maxPods, allocatable: ["cpu": 4000, "memory": 4])
        for tenant in situation.tenants { room.adopt(PodClaim(of: tenant.pod), for: tenant.pod.fullName) }
        let newcomer = situation.newcomer.pod
        let claim = PodClaim(of: newcomer)
        #expect(room.admit(claim, for: newcomer.fullName) != nil)
        #expect(room.makeRoom(for: claim, of: newcomer.fullName)?.map(\.name).sorted() == situation.victims)
    }

    @Test func whoGoesAlreadyIsNotAskedAgain() {
        var room = NodeRoom(maxPods: 10, allocatable: ["cpu": 4000])
        let tenant = Tenant(name: "a", priority: 0, cpu: 3).pod
        room.adopt(PodClaim(of: tenant), for: tenant.fullName)
        let newcomer = Tenant(name: "critical", cpu: 2).pod
        let claim = PodClaim(of: newcomer)
        #expect(room.makeRoom(for: claim, of: newcomer.fullName) == [tenant.fullName])
        #expect(room.makeRoom(for: claim, of: newcomer.fullName) == [])
        let wasThere = room.release(tenant.fullName)
        #expect(wasThere)
        #expect(room.admit(claim, for: newcomer.fullName) == nil)
    }
}
