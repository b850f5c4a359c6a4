import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Pulls with the credentials that the node has for a registry.
@Suite(.timeLimit(.minutes(3))) struct ImagePullerTests {
    /// Always knows the same credentials, and which images it was asked for.
    private final class FixedCredentials: PullCredentialSource {
        let asked = Watched<[String]>([])
        private let found: PullCredentials

        init(_ users: [String], problems: [String] = []) {
            found = PullCredentials(
                alternatives: users.map { RegistryCredentials(username: $0, password: "s3cret") }, problems: problems)
        }

        func credentials(for image: String) async throws -> PullCredentials {
            asked.update { $0.append(image) }
            return found
        }
    }

    private let clock = ManualClock()
    private let events = RecordedEvents()
    private let runtime: FakeRuntime
    private let pod = Pod.sample()

    init() {
        let clock = clock
        runtime = FakeRuntime { clock.now() }
    }

    private func container(_ image: String, _ policy: PullPolicy = .ifNotPresent) -> Container {
        var container = Container()
        container.name = "web"
        container.image = image
        container.imagePullPolicy = policy
        return container
    }

    private func puller(_ credentials: FixedCredentials?) -> ImagePuller {
        ImagePuller(images: runtime, clock: clock, events: events, parallelPulls: 1, credentials: credentials)
    }

    @Test func credentialsAreTriedInTheirOrderUntilOneIsTaken() async throws {
        runtime.update { $0.registryUsers = ["good"] }
        let credentials = FixedCredentials(["bad", "good", "spare"])
        let image = try await puller(credentials).image(for: container("reg.test/team/a:1"), of: pod)
        #expect(image.repoTags == ["reg.test/team/a:1"])
        #expect(runtime.state.pullUsers == ["bad", "good"])
        #expect(credentials.asked.value == ["reg.test/team/a"])
    }

    @Test func withoutCredentialsThePullIsAnonymous() async throws {
        _ = try await puller(FixedCredentials([])).image(for: container("reg.test/a"), of: pod)
        _ = try await puller(nil).image(for: container("reg.test/b"), of: pod)
        #expect(runtime.state.pullUsers == [nil, nil])
    }

    @Test func noCredentialsAreLookedForWhenNothingIsPulled() async throws {
        runtime.update { $0.images["reg.test/a:latest"] = FakeRuntime.image("reg.test/a:latest") }
        let credentials = FixedCredentials(["u"])
        _ = try await puller(credentials).image(for: container("reg.test/a"), of: pod)
        #expect(credentials.asked.value == [])
        _ = try await puller(credentials).image(for: container("reg.test/a", .always), of: pod)
        #expect(credentials.asked.value == ["reg.test/a"])
    }

    @Test func whatEachWasToldIsShownAndWhatIsWrongWithTheFilesAndNoSecret() async throws {
        runtime.update { $0.registryUsers = [] }
        let puller = puller(FixedCredentials(["one", "two"], problems: ["/root/.dockercfg: auth of r is bad"]))
        let failure = await #expect(throws: ImageFailure.self) {
            try await puller.image(for: container("reg.test/a"), of: pod)
        }
        #expect(failure?.reason == .errImagePull)
        let told = "pull image reg.test/a:latest: 401 for"
        #expect(
            failure?.message == "[\(told) one, \(told) two]; /root/.dockercfg: auth of r is bad")
        #expect(!events.all.contains { $0.message.contains("s3cret") })
        let backOff = await #expect(throws: ImageFailure.self) {
            try await puller.image(for: container("reg.test/a"), of: pod)
        }
        #expect(backOff?.reason == .imagePullBackOff)
        #expect(backOff?.message.hasPrefix("Back-off pulling image \"reg.test/a\": ErrImagePull: [\(told)") == true)
        #expect(runtime.state.pullUsers.count == 2)
    }

    @Test(arguments: [
        ("RegistryUnavailable", "image pull failed for reg.test/a because the registry is unavailable"),
        (
            "RegistryUnavailable: at lunch",
            "image pull failed for reg.test/a because the registry is unavailable: at lunch"
        ),
        ("SignatureValidationFailed: x", "image pull failed for reg.test/a because the signature validation failed: x"),
    ])
    func whatTheRuntimeHasAWordForIsTheReason(_ error: String, _ message: String) async throws {
        runtime.fail(.pullImage, with: ContainerRuntimeError(.failed, "pull image reg.test/a: \(error)", detail: error))
        let puller = puller(nil)
        let container = container("reg.test/a")
        let failure = await #expect(throws: ImageFailure.self) { try await puller.image(for: container, of: pod) }
        let reason = error.prefix { $0 != ":" }
        #expect(failure?.reason.rawValue == String(reason))
        #expect(failure?.message == message)
        #expect(events.all.last?.message == "Failed to pull image \"reg.test/a\": \(error)")
        let backOff = await #expect(throws: ImageFailure.self) { try await puller.image(for: container, of: pod) }
        #expect(backOff?.message == "Back-off pulling image \"reg.test/a\": \(reason): \(message)")
    }

    @Test func theRuntimeIsToldForWhichPodItPulls() async throws {
        var pod = pod
        pod.metadata.annotations["runtime.test/snapshotter"] = "other"
        _ = try await puller(nil).image(for: container("reg.test/a"), of: pod)
        let told = try #require(runtime.state.pullSandboxes.first ?? nil)
        #expect(told.metadata.name == pod.metadata.name && told.metadata.namespace == pod.metadata.namespace)
        #expect(told.annotations == pod.metadata.annotations)
    }

    @Test func pullsThatFollowTooFastFail() async throws {
        let puller = ImagePuller(
            images: runtime, clock: clock, events: events, parallelPulls: nil,
            rate: PullRate(perSecond: 1, burst: 2))
        for name in ["a", "b"] { _ = try await puller.image(for: container("reg.test/\(name)"), of: pod) }
        let failure = await #expect(throws: ImageFailure.self) {
            try await puller.image(for: container("reg.test/c"), of: pod)
        }
        #expect(failure?.reason == .errImagePull)
        #expect(failure?.message == "pull QPS exceeded")
        clock.advance(by: .seconds(1))
        _ = try await puller.image(for: container("reg.test/d"), of: pod)
        #expect(runtime.state.pullUsers.count == 3)
    }

    @Test func aRuntimeThatIsAwayHasRefusedNobody() async throws {
        runtime.fail(.pullImage, with: ContainerRuntimeError(.unavailable, "nobody answers"))
        await #expect(throws: ContainerRuntimeError.self) {
            try await puller(FixedCredentials(["one", "two"])).image(for: container("reg.test/a"), of: pod)
        }
        #expect(runtime.state.pullUsers == [])
    }

    @Test func theTimeOfAPullIsToldWithAndWithoutItsWait() async throws {
        runtime.hold(.pullImage)
        let puller = puller(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                group.addTask { _ = try await puller.image(for: container("reg.test/\(name)"), of: pod) }
            }
            try await events.wait { $0.count { $0.reason == "Pulling" } == 2 }
            try await runtime.wait { $0.count(of: .pullImage) == 1 }
            clock.advance(by: .seconds(2))
            runtime.release(.pullImage)
            try await group.waitForAll()
        }
        let messages = events.all.filter { $0.reason == "Pulled" }.map {
            $0.message.split(separator: " in ").last ?? ""
        }
        #expect(
            messages == [
                "2.000s (2.000s including waiting). Image size: 1 bytes.",
                "0.000s (2.000s including waiting). Image size: 1 bytes.",
            ])
    }

    @Test(arguments: [
        ("nginx", "docker.io/library/nginx"), ("team/a:1", "docker.io/team/a"),
        ("docker.io/nginx", "docker.io/library/nginx"),
        ("index.docker.io/team/a", "docker.io/team/a"),
        ("reg.test/a@sha256:\(String(repeating: "0", count: 64))", "reg.test/a"),
        ("localhost/a", "localhost/a"), ("reg:5000/a:1", "reg:5000/a"),
    ])
    func theNameThatCredentialsAreLookedUpByIsComplete(_ image: String, _ full: String) {
        #expect(ImageName(image)?.fullRepository == full)
    }
}
