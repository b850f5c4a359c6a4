import ContainerRuntime
import KubernetesAPI

/// Decides which of a pod's containers a log request is about (upstream: `validateContainerLogStatus`).
enum ContainerLogSelection {
    /// - Throws: `KubeletServerError` with code `badRequest` while there is no such log.
    static func container(named name: String, previous: Bool, in pod: Pod) throws -> ContainerID {
        let podName = pod.metadata.name
        guard let status = pod.containerStatus(named: name) else {
            throw KubeletServerError(.badRequest, "container \"\(name)\" in pod \"\(podName)\" is not available")
        }
        let last = status.lastState.terminated.flatMap { ContainerID(apiForm: $0.containerID) }
        if previous {
            guard let last else {
                throw KubeletServerError(
                    .badRequest, "previous terminated container \"\(name)\" in pod \"\(podName)\" not found")
            }
            return last
        }
        if status.state.running != nil, let id = ContainerID(apiForm: status.containerID) { return id }
        if let terminated = status.state.terminated {
            // Without an ID the container ended before it began: the one before it has the log.
            if let id = ContainerID(apiForm: terminated.containerID) ?? last { return id }
            throw KubeletServerError(.badRequest, "container \"\(name)\" in pod \"\(podName)\" is terminated")
        }
        if status.lastState.terminated != nil {
            if let last { return last }
            throw KubeletServerError(.badRequest, "container \"\(name)\" in pod \"\(podName)\" is terminated")
        }
        throw KubeletServerError(
            .badRequest,
            "container \"\(name)\" in pod \"\(podName)\" is waiting to start\(reason(status.state.waiting))")
    }

    private static func reason(_ waiting: ContainerStateWaiting?) -> String {
        guard let waiting else { return " - no logs yet" }
        switch waiting.reason {
        case "ErrImagePull": return ": image can't be pulled"
        case "ImagePullBackOff": return ": trying and failing to pull image"
        default: return ": \(waiting.reason)"
        }
    }
}

extension Pod {
    /// The status of a container, init container or ephemeral container.
    func containerStatus(named name: String) -> ContainerStatus? {
        let all = [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses]
        return all.lazy.joined().first { $0.name == name }
    }
}

extension ContainerID {
    /// Reads `containerd://ID`; `nil` when there is no ID.
    init?(apiForm text: String) {
        guard let separator = text.firstRange(of: "://"), separator.upperBound < text.endIndex else { return nil }
        self.init(String(text[separator.upperBound...]))
    }
}
