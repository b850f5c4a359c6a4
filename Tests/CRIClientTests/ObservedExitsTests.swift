import ContainerRuntime
import KubernetesAPI
import Testing

@testable import CRIClient

@Suite struct ObservedExitsTests {
    private let exits = ObservedExits()
    private let running = RuntimeContainer(
        id: ContainerID("c1"), sandboxID: SandboxID("s1"), name: "web", state: .running,
        createdAt: Timestamp(seconds: 1))

    @Test func anExitIsShownBeforeTheRuntimeShowsIt() {
        exits.note(.init(code: 3, finishedAt: Timestamp(seconds: 9)), of: "c1")
        let status = exits.correct(running)
        #expect(status.state == .exited && status.exitCode == 3 && status.reason == "Error")
        #expect(status.finishedAt == Timestamp(seconds: 9))
        let listed = exits.correct(running, isListed: true)
        #expect(listed.state == .exited && listed.finishedAt == nil)
    }

    @Test func anExitForWantOfMemoryIsNamed() {
        exits.noteOutOfMemory(of: "c1")
        #expect(exits.correct(running) == running)
        exits.note(.init(code: 137, finishedAt: Timestamp(seconds: 9)), of: "c1")
        #expect(exits.correct(running).reason == "OOMKilled")
    }

    @Test func whatTheRuntimeShowsItselfIsItsOwn() {
        exits.note(.init(code: 3, finishedAt: Timestamp(seconds: 9)), of: "c1")
        var exited = running
        exited.state = .exited
        exited.exitCode = 4
        #expect(exits.correct(exited) == exited)
        #expect(exits.correct(running) == running, "the entry has served")
    }

    @Test func aSandboxWhoseProcessEndedIsNotReady() {
        let sandbox = RuntimeSandbox(
            id: SandboxID("s1"), metadata: SandboxMetadata(name: "a", uid: "u", namespace: "n"), state: .ready,
            createdAt: Timestamp(seconds: 1))
        #expect(exits.correct(sandbox) == sandbox)
        exits.note(.init(code: 0, finishedAt: Timestamp(seconds: 9)), of: "s1")
        #expect(exits.correct(sandbox).state == .notReady)
        exits.forgetAll()
        #expect(exits.correct(sandbox) == sandbox)
    }
}
