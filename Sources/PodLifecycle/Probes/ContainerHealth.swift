package import KubernetesAPI

/// What probes say of a running container.
package struct ContainerHealth: Sendable, Hashable {
    package private(set) var isStarted: Bool
    package private(set) var isReady: Bool
    /// The probe that has failed for good: the container is to be restarted.
    package private(set) var failure: ProbeKind?

    /// A container of which no probe has said anything yet.
    /// - Parameter isAdopted: it ran before this kubelet did. What it was then is not known, so it counts as ready until
    ///   a probe says otherwise: a restart of the kubelet must not take it from its clients.
    package init(of container: Container, isAdopted: Bool = false) {
        isStarted = container.startupProbe == nil
        isReady = isAdopted || (isStarted && container.readinessProbe == nil)
    }

    /// Takes note of what a probe has found to be true.
    package mutating func note(_ kind: ProbeKind, isSuccess: Bool, of container: Container) {
        switch kind {
        case .startup:
            isStarted = isSuccess
            isReady = isSuccess && (isReady || container.readinessProbe == nil)
            if !isSuccess { failure = kind }
        case .readiness: isReady = isSuccess
        case .liveness: if !isSuccess { failure = kind }
        }
    }

    /// Drops what was found by probes that the container's spec no longer has.
    package mutating func forgetMissingProbes(of container: Container) {
        if container.startupProbe == nil { isStarted = true }
        if container.readinessProbe == nil, isStarted { isReady = true }
        if let kind = failure, container.probe(kind) == nil { failure = nil }
    }

    /// Whether a probe of this kind has anything to find out now.
    package func needs(_ kind: ProbeKind) -> Bool {
        switch kind {
        case .startup: !isStarted && failure == nil
        case .liveness: isStarted && failure == nil
        // One that takes its time to end is asked until it has.
        case .readiness: isStarted
        }
    }
}
