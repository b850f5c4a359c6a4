package import ContainerRuntime
package import KubernetesAPI
package import PodLifecycle

extension RuntimeSandbox {
    /// The sandbox `sandbox-ATTEMPT`, made a hundred seconds after the one before it.
    package static func sample(
        attempt: UInt32 = 0, _ state: State = .ready, of pod: Pod = .sample(), addresses: [String] = ["10.88.0.2"]
    ) -> RuntimeSandbox {
        RuntimeSandbox(
            id: SandboxID("sandbox-\(attempt)"),
            metadata: SandboxMetadata(
                name: pod.metadata.name, uid: pod.metadata.uid, namespace: pod.metadata.namespace, attempt: attempt),
            state: state, createdAt: .testStart.adding(seconds: Int64(attempt) * 100),
            addresses: state == .ready ? addresses : [],
            labels: [
                RuntimeLabels.podName: pod.metadata.name, RuntimeLabels.podNamespace: pod.metadata.namespace,
                RuntimeLabels.podUID: pod.metadata.uid,
            ],
            annotations: pod.metadata.annotations)
    }
}

extension RuntimeContainer {
    /// The container `NAME-ATTEMPT`, made a hundred seconds after the one before it; it started a second later and,
    /// when it has ended, ran for ten.
    package static func sample(
        _ name: String = "web", attempt: UInt32 = 0, _ state: State = .running, exitCode: Int32 = 0,
        in sandbox: String = "sandbox-0"
    ) -> RuntimeContainer {
        let created = Timestamp.testStart.adding(seconds: Int64(attempt) * 100)
        return RuntimeContainer(
            id: ContainerID("\(name)-\(attempt)"), sandboxID: SandboxID(sandbox), name: name, attempt: attempt,
            state: state, createdAt: created, startedAt: state == .created ? nil : created.adding(seconds: 1),
            finishedAt: state == .exited ? created.adding(seconds: 11) : nil, exitCode: exitCode, image: "busybox",
            imageRef: "busybox@sha256:0",
            annotations: [RuntimeLabels.containerRestartCount: "\(attempt)"])
    }
}

extension RuntimeContainer {
    /// A container `web` in this state.
    package static func sample(attempt: UInt32 = 0, _ state: State, exitCode: Int32 = 0) -> RuntimeContainer {
        sample("web", attempt: attempt, state, exitCode: exitCode)
    }
}

extension PodRuntimeState {
    package static func sample(
        of pod: Pod = .sample(), sandboxes: [RuntimeSandbox] = [.sample()], containers: [RuntimeContainer] = []
    ) -> PodRuntimeState {
        PodRuntimeState(
            uid: pod.uid, name: pod.metadata.name, namespace: pod.metadata.namespace, sandboxes: sandboxes,
            containers: containers)
    }
}
