import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

struct NodeRoomTests {
    private static func pod(_ name: String, cpu: Quantity = "0", ports: [ContainerPort] = []) -> Pod {
        var pod = Pod.sample(name)
        pod.spec.containers[0].resources.requests = ["cpu": cpu]
        pod.spec.containers[0].ports = ports
        return pod
    }

    private static func port(_ number: Int32, _ address: String = "", _ transport: PortProtocol = .tcp) -> ContainerPort
    {
        var port = ContainerPort()
        port.containerPort = 80
        port.hostPort = number
        port.hostIP = address
        port.protocol = transport
        return port
    }

    private static func room(maxPods: Int = 10) -> NodeRoom {
        NodeRoom(maxPods: maxPods, allocatable: ["cpu": 2000])
    }

    private static func admit(_ pod: Pod, to room: inout NodeRoom) -> String? {
        room.admit(PodClaim(of: pod), for: pod.fullName)?.reason
    }

    @Test(
        arguments: [
            ([port(80)], [port(80)], "NodePorts"),
            ([port(80, "127.0.0.1")], [port(80)], "NodePorts"),
            ([port(80)], [port(80, "127.0.0.1")], "NodePorts"),
            ([port(80, "127.0.0.1")], [port(80, "10.0.0.1")], nil),
            ([port(80, "::")], [port(80, "127.0.0.1")], nil),
            ([port(53, "", .udp)], [port(53)], nil),
            ([port(80)], [port(81)], nil),
        ] as [([ContainerPort], [ContainerPort], String?)])
    func portsOfTheHostAreGivenOnce(_ first: [ContainerPort], _ second: [ContainerPort], _ reason: String?) {
        var room = Self.room()
        #expect(Self.admit(Self.pod("a", ports: first), to: &room) == nil)
        #expect(Self.admit(Self.pod("b", ports: second), to: &room) == reason)
    }

    @Test(
        arguments: [
            (["ephemeral-storage": "2", "memory": "2", "example.com/a": "2"], "OutOfmemory"),
            (["ephemeral-storage": "2", "example.com/a": "2"], "OutOfephemeral-storage"),
            (["cpu": "2", "memory": "2"], "OutOfcpu"),
        ] as [(ResourceList, String)])
    func ofSeveralShortagesTheFirstIsTold(_ requests: ResourceList, _ reason: String) {
        var room = NodeRoom(
            maxPods: 10, allocatable: ["cpu": 1, "memory": 1, "ephemeral-storage": 1, "example.com/a": 1])
        var pod = Self.pod("a")
        pod.spec.containers[0].resources.requests = requests
        #expect(Self.admit(pod, to: &room) == reason)
    }

    @Test func requestsMustFitBesideThoseOfOthers() {
        var room = Self.room()
        #expect(Self.admit(Self.pod("a", cpu: "1500m"), to: &room) == nil)
        let refused = room.admit(PodClaim(of: Self.pod("b", cpu: "600m")), for: Self.pod("b").fullName)
        #expect(refused?.reason == "OutOfcpu")
        #expect(
            refused?.message == "Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000")
        #expect(Self.admit(Self.pod("b", cpu: "500m"), to: &room) == nil)
    }

    @Test func whatAPodTakesBesideItsContainersCountsToo() {
        var room = Self.room()
        var pod = Self.pod("a", cpu: "1500m")
        pod.spec.overhead = ["cpu": "600m"]
        #expect(Self.admit(pod, to: &room) == "OutOfcpu")
        pod.spec.overhead = ["cpu": "500m"]
        #expect(Self.admit(pod, to: &room) == nil)
    }

    @Test func aPodsOwnRequestsCountForThoseOfItsContainers() {
        var room = Self.room()
        var pod = Self.pod("a", cpu: "500m")
        pod.spec.resources = ResourceRequirements()
        pod.spec.resources?.requests = ["cpu": "2500m"]
        #expect(Self.admit(pod, to: &room) == "OutOfcpu")
        pod.spec.resources?.requests = ["cpu": "1500m"]
        #expect(Self.admit(pod, to: &room) == nil)
        #expect(Self.admit(Self.pod("b", cpu: "600m"), to: &room) == "OutOfcpu")
    }

    @Test func hugePagesThatTheNodeDoesNotKnowItHasNoneOf() {
        var room = Self.room()
        var pod = Self.pod("a")
        pod.spec.containers[0].resources.requests["hugepages-2Mi"] = "2Mi"
        #expect(Self.admit(pod, to: &room) == "OutOfhugepages-2Mi")
    }

    @Test func whatBurstablePodsRequestIsCountedByItself() {
        var room = Self.room()
        var guaranteed = Self.pod("g", cpu: "250m")
        guaranteed.spec.containers[0].resources.limits = ["cpu": "250m", "memory": "1Mi"]
        guaranteed.spec.containers[0].resources.requests["memory"] = "1Mi"
        for pod in [Self.pod("a", cpu: "500m"), Self.pod("b", cpu: "300m"), Self.pod("none"), guaranteed] {
            #expect(Self.admit(pod, to: &room) == nil)
        }
        #expect(room.burstableCPU == 800)
        _ = room.release(Self.pod("a").fullName)
        #expect(room.burstableCPU == 300)
    }

    @Test func aPodMayAlwaysTakeTheRoomItHas() {
        var room = Self.room()
        #expect(Self.admit(Self.pod("a", cpu: "2", ports: [Self.port(80)]), to: &room) == nil)
        #expect(Self.admit(Self.pod("a", cpu: "1", ports: [Self.port(80)]), to: &room) == nil)
        #expect(Self.admit(Self.pod("b", cpu: "1"), to: &room) == nil)
        #expect(Self.admit(Self.pod("a", cpu: "2"), to: &room) == "OutOfcpu")
        #expect(Self.admit(Self.pod("c", ports: [Self.port(80)]), to: &room) == "NodePorts", "what it had it keeps")
    }

    @Test func podsAreCounted() {
        var room = Self.room(maxPods: 1)
        #expect(Self.admit(Self.pod("a"), to: &room) == nil)
        #expect(Self.admit(Self.pod("b"), to: &room) == "OutOfpods")
        let name = Self.pod("a").fullName
        let released = room.release(name)
        #expect(released)
        #expect(Self.admit(Self.pod("b"), to: &room) == nil)
    }
}
