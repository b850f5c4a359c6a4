import KubernetesAPI

extension PodTranslation {
    /// The parts of volumes that a container mounts; variables in their paths are those of its environment.
    /// - Parameters:
    ///   - addresses: the pod's IPs.
    ///   - volumes: the pod's volumes by their names.
    /// - Throws: `ContainerStartError` for a variable that is missing or empty, and for a path that leads out of its
    ///   volume (upstream: `makeMounts` in `pkg/kubelet/kubelet_pods.go`).
    func subPaths(
        of container: Container, in pod: Pod, addresses: [String], volumes: [String: PreparedVolume]
    ) throws -> [SubPath] {
        guard container.volumeMounts.contains(where: \.hasSubPath) else { return [] }
        let variables = try variables(of: container, in: pod, addresses: addresses, volumes: volumes)
        let values = Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        return try container.volumeMounts.enumerated().filter(\.element.hasSubPath).map { index, mount in
            let path = mount.subPathExpr.isEmpty ? mount.subPath : try Self.expand(mount, values)
            guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw Self.refusal(mount, "\(path) is not a path within the volume")
            }
            return SubPath(index: index, volume: mount.name, path: path)
        }
    }

    private static func expand(_ mount: VolumeMount, _ values: [String: String]) throws -> String {
        var missing: Set<String> = []
        let path = PodEnvironment.expand(mount.subPathExpr) { name in
            if let value = values[name], !value.isEmpty { return value }
            missing.insert(name)
            return ""
        }
        guard missing.isEmpty else {
            throw refusal(mount, "missing value for \(missing.sorted().joined(separator: ", "))")
        }
        return path
    }

    private static func refusal(_ mount: VolumeMount, _ cause: String) -> ContainerStartError {
        let field = mount.subPathExpr.isEmpty ? "subPath \(mount.subPath)" : "subPathExpr \(mount.subPathExpr)"
        return ContainerStartError(
            .createContainerConfigError, "cannot prepare \(field) of volume \(mount.name): \(cause)")
    }
}
