package import KubernetesAPI

extension Pod {
    /// A static pod as its source hands it over: named for the node, defaulted as far as the kubelet looks.
    package static func sample(
        _ name: String = "web-node", uid: String = "uid-1", hash: String = "hash-1", containers: [String] = ["web"],
        initContainers: [String] = [], restartPolicy: RestartPolicy = .always
    ) -> Pod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        pod.metadata.uid = uid
        pod.metadata.annotations = [
            ConfigAnnotations.hash: hash, ConfigAnnotations.source: "file",
            ConfigAnnotations.seen: Timestamp.testStart.rfc3339Nano,
        ]
        pod.spec.containers = containers.map { .sample($0) }
        pod.spec.initContainers = initContainers.map { .sample($0) }
        pod.spec.restartPolicy = restartPolicy
        pod.spec.terminationGracePeriodSeconds = 30
        return pod
    }

    /// Another version of the pod, as its source hands it over: with a UID and hash of its own.
    package func edited(_ number: Int = 2, _ change: (inout Pod) -> Void) -> Pod {
        var pod = self
        pod.metadata.uid = "uid-\(number)"
        pod.metadata.annotations[ConfigAnnotations.hash] = "hash-\(number)"
        change(&pod)
        return pod
    }
}

extension Container {
    package static func sample(_ name: String = "web", image: String = "busybox") -> Container {
        var container = Container()
        container.name = name
        container.image = image
        container.imagePullPolicy = .ifNotPresent
        container.terminationMessagePath = "/dev/termination-log"
        container.terminationMessagePolicy = .file
        return container
    }
}
