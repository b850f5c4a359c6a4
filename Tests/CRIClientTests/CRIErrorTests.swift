import CRIProtocol
import ContainerRuntime
import GRPCCore
import Synchronization
import Testing

@testable import CRIClient

private typealias Method = Runtime_V1_RuntimeService.Method

@Suite struct CRIErrorTests {
    @Test(arguments: [
        (RPCError.Code.notFound, ContainerRuntimeError.Code.notFound), (.unavailable, .unavailable),
        (.deadlineExceeded, .timedOut), (.alreadyExists, .alreadyExists), (.invalidArgument, .invalidArgument),
        (.permissionDenied, .permissionDenied), (.unauthenticated, .permissionDenied), (.unknown, .failed),
        (.resourceExhausted, .failed),
    ])
    func aCallsErrorIsTranslatedOnce(_ code: RPCError.Code, _ expected: ContainerRuntimeError.Code) async throws {
        let route = Unary<Runtime_V1_StartContainerRequest, Runtime_V1_StartContainerResponse>(
            Method.StartContainer.descriptor
        ) { _ in throw RPCError(code: code, message: "runc said no") }
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withRuntime(route) { try await CRIRuntimeService($0).startContainer(ContainerID("c1")) }
        }
        #expect(error?.code == expected)
        #expect(error?.message == "start container c1: runc said no")
        #expect(error?.detail == "runc said no")
    }

    @Test func aRuntimeThatStillReadsItsStateIsAway() {
        let answer = RPCError(code: .unknown, message: "server is not initialized yet")
        #expect(ContainerRuntimeError(answer, operation: "start container c1").code == .unavailable)
    }

    @Test func aCallTheRuntimeDoesNotKnowIsUnimplemented() async throws {
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withRuntime(.version("1")) { try await CRIImageService($0).listImages() }
        }
        #expect(error?.code == .unimplemented)
    }

    /// - Parameter isRunning: whether containerd refuses to delete the task.
    @Test(arguments: [false, true]) func aTaskThatCRIHasLostSightOfIsDeleted(isRunning: Bool) async throws {
        let calls = Calls()
        let refusal = RPCError(code: .failedPrecondition, message: "cannot delete running task c1")
        let remove = Unary<Runtime_V1_RemoveContainerRequest, Runtime_V1_RemoveContainerResponse>(
            Method.RemoveContainer.descriptor
        ) { request in
            let isDeleted = calls.all.contains("delete c1")
            calls.note("remove \(request.containerID)")
            guard isDeleted else { throw refusal }
            return Runtime_V1_RemoveContainerResponse()
        }
        let delete = Unary<Containerd_Services_Tasks_V1_DeleteTaskRequest, Containerd_Services_Tasks_V1_DeleteResponse>(
            Containerd_Services_Tasks_V1_Tasks.Method.Delete.descriptor
        ) { request in
            if isRunning { throw RPCError(code: .failedPrecondition, message: "cannot delete a running process") }
            calls.note("delete \(request.containerID)")
            return Containerd_Services_Tasks_V1_DeleteResponse()
        }
        try await withRuntime(remove, delete) { connection in
            let runtime = CRIRuntimeService(connection)
            if isRunning {
                let error = await #expect(throws: ContainerRuntimeError.self) {
                    try await runtime.removeContainer(ContainerID("c1"))
                }
                #expect(error?.message == "remove container c1: cannot delete running task c1")
            } else {
                try await runtime.removeContainer(ContainerID("c1"))
            }
        }
        #expect(calls.all == (isRunning ? ["remove c1"] : ["remove c1", "delete c1", "remove c1"]))
    }

    @Test func whatIsNotThereCountsAsStoppedAndRemoved() async throws {
        let gone = RPCError(code: .notFound, message: "no such thing")
        try await withRuntime(
            Unary<Runtime_V1_StopContainerRequest, Runtime_V1_StopContainerResponse>(
                Method.StopContainer.descriptor
            ) { _ in throw gone },
            Unary<Runtime_V1_RemoveContainerRequest, Runtime_V1_RemoveContainerResponse>(
                Method.RemoveContainer.descriptor
            ) { _ in throw gone },
            Unary<Runtime_V1_StopPodSandboxRequest, Runtime_V1_StopPodSandboxResponse>(
                Method.StopPodSandbox.descriptor
            ) { _ in throw gone },
            Unary<Runtime_V1_RemovePodSandboxRequest, Runtime_V1_RemovePodSandboxResponse>(
                Method.RemovePodSandbox.descriptor
            ) { _ in throw gone },
            Unary<Runtime_V1_RemoveImageRequest, Runtime_V1_RemoveImageResponse>(
                Runtime_V1_ImageService.Method.RemoveImage.descriptor
            ) { _ in throw gone }
        ) { connection in
            let runtime = CRIRuntimeService(connection)
            try await runtime.stopContainer(ContainerID("c1"), gracePeriod: 30)
            try await runtime.removeContainer(ContainerID("c1"))
            try await runtime.stopPodSandbox(SandboxID("s1"))
            try await runtime.removePodSandbox(SandboxID("s1"))
            try await CRIImageService(connection).removeImage(ImageReference("nginx"))
        }
    }

    @Test func aMissingImageHasNoStatus() async throws {
        let image = try await withRuntime(
            Unary<Runtime_V1_ImageStatusRequest, Runtime_V1_ImageStatusResponse>(
                Runtime_V1_ImageService.Method.ImageStatus.descriptor
            ) { _ in Runtime_V1_ImageStatusResponse() }
        ) { try await CRIImageService($0).imageStatus(ImageReference("nginx")) }
        #expect(image == nil)
    }

    @Test func aCallThatIsNotAnsweredTimesOut() async throws {
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withRuntime(stuck(Received()), requestTimeout: .milliseconds(50)) {
                try await CRIRuntimeService($0).startContainer(ContainerID("c1"))
            }
        }
        #expect(error?.code == .timedOut)
    }

    @Test func aCancelledCallEndsWithCancellationError() async throws {
        let received = Received<Runtime_V1_StartContainerRequest>()
        try await withRuntime(stuck(received)) { connection in
            await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do {
                        try await CRIRuntimeService(connection).startContainer(ContainerID("c1"))
                        return nil
                    } catch {
                        return error
                    }
                }
                #expect(await received.next()?.containerID == "c1")
                group.cancelAll()
                #expect(await group.next() is CancellationError)
            }
        }
    }

    /// A start that never ends by itself.
    private func stuck(
        _ received: Received<Runtime_V1_StartContainerRequest>
    ) -> Unary<Runtime_V1_StartContainerRequest, Runtime_V1_StartContainerResponse> {
        Unary(Method.StartContainer.descriptor) { request in
            received.note(request)
            await cancellation()
            throw CancellationError()
        }
    }
}

/// Suspends until the task is cancelled.
func cancellation() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    defer { continuation.finish() }
    for await _ in stream {}
}

private final class Calls: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { list.withLock { $0 } }

    func note(_ call: String) { list.withLock { $0.append(call) } }
}
