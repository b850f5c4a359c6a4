import ContainerRuntime
import KubernetesAPI
import Testing

@testable import KubeletServer

struct SelectionCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var status: ContainerStatus?
    var previous = false
    var id: String?
    var problem: String?
}

private func status(
    waiting: String? = nil, running: Bool = false, terminated: String? = nil, last: String? = nil, id: String = ""
) -> ContainerStatus {
    var status = ContainerStatus()
    status.name = "c"
    status.containerID = id
    if let waiting {
        status.state.waiting = ContainerStateWaiting()
        status.state.waiting?.reason = waiting
    }
    if running { status.state.running = ContainerStateRunning() }
    if let terminated {
        status.state.terminated = ContainerStateTerminated()
        status.state.terminated?.containerID = terminated
    }
    if let last {
        status.lastState.terminated = ContainerStateTerminated()
        status.lastState.terminated?.containerID = last
    }
    return status
}

private let start = "container \"c\" in pod \"web\" is waiting to start"
private let cases: [SelectionCase] = [
    .init(
        testDescription: "no status", problem: "container \"c\" in pod \"web\" is not available"),
    .init(testDescription: "running", status: status(running: true, id: "containerd://1"), id: "1"),
    .init(testDescription: "ended", status: status(terminated: "containerd://1", last: "containerd://0"), id: "1"),
    .init(
        testDescription: "ended before it began", status: status(terminated: "", last: "containerd://0"), id: "0"),
    .init(
        testDescription: "ended without any container", status: status(terminated: ""),
        problem: "container \"c\" in pod \"web\" is terminated"),
    .init(
        testDescription: "waiting after a crash shows the crash",
        status: status(waiting: "CrashLoopBackOff", last: "containerd://0"), id: "0"),
    .init(
        testDescription: "being made", status: status(waiting: "ContainerCreating"),
        problem: "\(start): ContainerCreating"),
    .init(
        testDescription: "no image", status: status(waiting: "ErrImagePull"),
        problem: "\(start): image can't be pulled"),
    .init(
        testDescription: "no image for long", status: status(waiting: "ImagePullBackOff"),
        problem: "\(start): trying and failing to pull image"),
    .init(testDescription: "no state", status: status(), problem: "\(start) - no logs yet"),
    .init(
        testDescription: "the one before", status: status(running: true, last: "containerd://0", id: "containerd://1"),
        previous: true, id: "0"),
    .init(
        testDescription: "none before", status: status(running: true, id: "containerd://1"), previous: true,
        problem: "previous terminated container \"c\" in pod \"web\" not found"),
]

@Suite struct ContainerLogSelectionTests {
    @Test(arguments: cases)
    func theStatusTellsWhichContainerIsMeant(_ example: SelectionCase) throws {
        var pod = Pod()
        pod.metadata.name = "web"
        pod.status.containerStatuses = example.status.map { [$0] } ?? []
        do {
            let id = try ContainerLogSelection.container(named: "c", previous: example.previous, in: pod)
            #expect(id.rawValue == example.id)
        } catch let error as KubeletServerError {
            #expect(error.message == example.problem)
            #expect(error.code == .badRequest)
        }
    }

    @Test func initContainersHaveLogsToo() throws {
        var pod = Pod()
        pod.status.initContainerStatuses = [status(terminated: "containerd://i")]
        #expect(try ContainerLogSelection.container(named: "c", previous: false, in: pod) == ContainerID("i"))
    }
}
