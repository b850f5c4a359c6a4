package import ContainerRuntime
package import KubernetesAPI
package import PodLifecycle

/// Why a container's image can't be used; what shows as its waiting state.
package struct ImageFailure: Error, Sendable, Hashable {
    /// Spelled as `kubectl get pods` prints them.
    package enum Reason: String, Sendable, Hashable {
        case errImagePull = "ErrImagePull"
        case imagePullBackOff = "ImagePullBackOff"
        case errImageNeverPull = "ErrImageNeverPull"
        case invalidImageName = "InvalidImageName"
        case imageInspectError = "ImageInspectError"
        /// The runtime says that the registry doesn't answer.
        case registryUnavailable = "RegistryUnavailable"
        /// The runtime says that the image isn't signed as it demands.
        case signatureValidationFailed = "SignatureValidationFailed"
    }

    package var reason: Reason
    package var message: String
    /// When trying again makes sense.
    package var retryAt: Timestamp

    /// Whether it was tried to pull the image, just now.
    var isOfThePull: Bool {
        [.errImagePull, .registryUnavailable, .signatureValidationFailed].contains(reason)
    }
}

/// Gets the images that containers need, by their pull policies.
package actor ImagePuller {
    private let images: any ImageService
    private let clock: any KubeletClock
    private let events: any EventSink
    private let credentials: (any PullCredentialSource)?
    private let limiter: Turns
    private var rate: PullRate?
    /// Rings after each pull.
    package nonisolated let pulls = WakeSignal()
    /// By pod UID and image, as upstream counts.
    private var backOff = BackOff()

    /// - Parameters:
    ///   - parallelPulls: how many pulls may run at a time; `nil` for any number.
    ///   - rate: how many may begin; `nil` for any number.
    ///   - credentials: `nil` where every pull is anonymous.
    package init(
        images: any ImageService, clock: any KubeletClock, events: any EventSink, parallelPulls: Int?,
        rate: PullRate? = nil, credentials: (any PullCredentialSource)? = nil
    ) {
        self.images = images
        self.clock = clock
        self.events = events
        self.rate = rate
        self.credentials = credentials
        limiter = Turns(limit: parallelPulls)
    }

    /// Makes sure that the container's image is there and returns it.
    /// - Throws: `ImageFailure`, `CancellationError`, or `ContainerRuntimeError` when the runtime is away, which says
    ///   nothing of the image.
    package func image(for container: Container, of pod: Pod) async throws -> RuntimeImage {
        let target = EventTarget(pod: pod, container: container.name)
        guard let reference = Self.reference(for: container) else {
            let message = "Failed to apply default image tag \"\(container.image)\": couldn't parse image name"
            events.record(.warning, "InspectFailed", message, about: target)
            throw failure(.invalidImageName, message)
        }
        let present: RuntimeImage?
        do {
            present = try await images.imageStatus(reference)
        } catch let error as ContainerRuntimeError where error.code != .unavailable {
            let message = "Failed to inspect image \"\(container.image)\": \(error.detail)"
            events.record(.warning, "InspectFailed", message, about: target)
            throw failure(.imageInspectError, message)
        }
        switch (container.imagePullPolicy, present) {
        case (.always, _), (_, nil): break
        case (_, let image?):
            events.record(
                .normal, "Pulled",
                "Container image \"\(container.image)\" already present on machine and can be accessed by the pod",
                about: target)
            return image
        }
        if container.imagePullPolicy == .never {
            let message = "Container image \"\(container.image)\" is not present with pull policy of Never"
            events.record(.warning, "ErrImageNeverPull", message, about: target)
            throw failure(.errImageNeverPull, message)
        }
        return try await pull(reference, for: container, of: pod, target)
    }

    /// Looks for the images of several containers side by side, and for those that they mount.
    /// - Parameter volumes: those of the containers' version, where that isn't the pod's.
    /// - Returns: the image of each by the container's name, or an `ImageFailure` or what else kept it from being known.
    package func fetch(
        for containers: [Container], of pod: Pod, volumes: [Volume]? = nil
    ) async -> [String: Result<RuntimeImage, any Error>] {
        await withTaskGroup(of: FetchedImage.self) { group in
            for container in containers {
                group.addTask {
                    do {
                        let image = try await self.image(for: container, of: pod)
                        try await self.fetchVolumes(volumes ?? pod.spec.volumes, for: container, of: pod)
                        return FetchedImage(container: container.name, result: .success(image))
                    } catch {
                        return FetchedImage(container: container.name, result: .failure(error))
                    }
                }
            }
            // A loop and a struct: with `reduce` over tuples, the release build of Swift 6.3.1 crashed here.
            var fetched: [String: Result<RuntimeImage, any Error>] = [:]
            for await image in group { fetched[image.container] = image.result }
            return fetched
        }
    }

    /// The images of the containers by their names, if all of them are there and none is to be pulled anyway.
    package func present(for containers: [Container]) async -> [String: RuntimeImage]? {
        var found: [String: RuntimeImage] = [:]
        for container in containers {
            guard container.imagePullPolicy != .always, let reference = Self.reference(for: container),
                let image = try? await images.imageStatus(reference)
            else { return nil }
            found[container.name] = image
        }
        return found
    }

    /// `nil` for what is not an image's name.
    private static func reference(for container: Container) -> ContainerRuntime.ImageReference? {
        ImageName(container.image).map {
            ContainerRuntime.ImageReference($0.withTag, userSpecified: container.image)
        }
    }

    /// What became of the search for one container's image.
    private struct FetchedImage: Sendable {
        let container: String
        let result: Result<RuntimeImage, any Error>
    }

    /// Forgets a pod's failed pulls.
    package func forget(_ pod: Pod) {
        for container in pod.spec.allContainers {
            backOff.reset(key(container, pod))
            for request in pod.spec.volumes.imageRequests(of: container) { backOff.reset(key(request.container, pod)) }
        }
    }

    private func pull(
        _ reference: ContainerRuntime.ImageReference, for container: Container, of pod: Pod, _ target: EventTarget
    ) async throws -> RuntimeImage {
        let key = key(container, pod)
        if let last = lastFailures[key], let due = backOff.nextAttempt(key, after: last.at, now: clock.now()) {
            let message = "Back-off pulling image \"\(container.image)\": \(last.reason.rawValue): \(last.message)"
            events.record(.normal, "BackOff", "Back-off pulling image \"\(container.image)\"", about: target)
            throw ImageFailure(reason: .imagePullBackOff, message: message, retryAt: due)
        }
        let asked = clock.now()
        events.record(.normal, "Pulling", "Pulling image \"\(container.image)\"", about: target)
        do {
            let (image, started) = try await limiter.withTurn { try await self.pull(reference, for: pod) }
            pulls.ring()
            backOff.reset(key)
            lastFailures[key] = nil
            let now = clock.now()
            events.record(
                .normal, "Pulled",
                "Successfully pulled image \"\(container.image)\" in \(now.since(started).inSeconds) "
                    + "(\(now.since(asked).inSeconds) including waiting). Image size: \(image.size) bytes.",
                about: target)
            return image
        } catch let error as ContainerRuntimeError where error.code != .unavailable {
            let now = clock.now()
            backOff.recordAttempt(key, after: lastFailures[key]?.at ?? now, now: now)
            events.record(
                .warning, "Failed", "Failed to pull image \"\(container.image)\": \(error.detail)", about: target)
            let (reason, message) = Self.verdict(on: container.image, error.detail)
            lastFailures[key] = (now, reason, message)
            throw ImageFailure(
                reason: reason, message: message, retryAt: backOff.nextAttempt(key, after: now, now: now) ?? now)
        }
    }

    /// What a failed pull shows as. Runtimes begin the error with a word for what users can do something about
    /// (upstream: `evalCRIPullErr` in `pkg/kubelet/images/image_manager.go`).
    private static func verdict(on image: String, _ error: String) -> (ImageFailure.Reason, String) {
        for (reason, words) in [
            (ImageFailure.Reason.registryUnavailable, "the registry is unavailable"),
            (.signatureValidationFailed, "the signature validation failed"),
        ] where error.hasPrefix(reason.rawValue) {
            return (reason, "image pull failed for \(image) because \(words)\(error.dropFirst(reason.rawValue.count))")
        }
        return (.errImagePull, error)
    }

    /// Pulls an image with what credentials there are, one after the other, until it is had.
    private func pull(
        _ reference: ContainerRuntime.ImageReference, for pod: Pod
    ) async throws -> (image: RuntimeImage, started: Timestamp) {
        let started = clock.now()
        if rate?.take(at: started) == false { throw ContainerRuntimeError(.failed, "pull QPS exceeded") }
        var found = PullCredentials()
        if let credentials, let name = ImageName(reference.image) {
            found = try await credentials.credentials(for: name.fullRepository)
        }
        var failures: [String] = []
        for alternative in found.alternatives.isEmpty ? [nil] : found.alternatives.map(Optional.some) {
            do {
                _ = try await images.pullImage(
                    reference, credentials: alternative, sandboxConfiguration: Self.sandbox(of: pod))
            } catch let error as ContainerRuntimeError where error.code != .unavailable {
                failures.append(error.detail)
                continue
            }
            guard let image = try await images.imageStatus(reference) else {
                throw ContainerRuntimeError(.notFound, "image \(reference.image) is gone after its pull")
            }
            return (image, started)
        }
        // Several are shown as upstream shows them (`util/errors.NewAggregate`).
        let message = failures.count == 1 ? failures[0] : "[\(failures.joined(separator: ", "))]"
        throw ContainerRuntimeError(.failed, ([message] + found.problems).joined(separator: "; "))
    }

    /// What runtimes want to know of the pod that an image is pulled for: containerd chooses the snapshotter by its
    /// annotations, CRI-O the signature policy by its namespace.
    private static func sandbox(of pod: Pod) -> SandboxConfiguration {
        SandboxConfiguration(
            metadata: SandboxMetadata(
                name: pod.metadata.name, uid: pod.metadata.uid, namespace: pod.metadata.namespace),
            logDirectory: "", labels: pod.metadata.labels, annotations: pod.metadata.annotations)
    }

    private var lastFailures: [String: (at: Timestamp, reason: ImageFailure.Reason, message: String)] = [:]

    private func key(_ container: Container, _ pod: Pod) -> String { "\(pod.metadata.uid)_\(container.image)" }

    private func failure(_ reason: ImageFailure.Reason, _ message: String) -> ImageFailure {
        ImageFailure(reason: reason, message: message, retryAt: clock.now().adding(seconds: 10))
    }
}

extension Duration {
    /// Seconds with millisecond precision, as Go prints a short duration: `1.234s`.
    fileprivate var inSeconds: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)s"
    }
}
