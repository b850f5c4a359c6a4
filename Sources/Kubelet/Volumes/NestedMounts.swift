import KubernetesAPI

/// Places in a volume where containers mount others: a volume that is mounted read-only must have them beforehand
/// (upstream: `pkg/volume/util/nested_volumes.go`).
enum NestedMounts {
    /// Directories by their paths in the volume, as containers of the pod need them.
    static func places(in volume: String, of pod: Pod) -> Set<String> {
        Set(pod.spec.allContainers.flatMap { places(in: volume, of: $0) })
    }

    private static func places(in volume: String, of container: Container) -> [String] {
        let all = container.volumeMounts.map { ($0.name, clean($0.mountPath)) }
        return all.filter { $0.0 == volume }.flatMap { _, own in
            let inside = all.map(\.1).filter { $0.hasPrefix(own + "/") }
            // What is mounted inside of another is that one's business.
            let outermost = inside.filter { path in !inside.contains { path.hasPrefix($0 + "/") } }
            return outermost.map { String($0.dropFirst(own.count + 1)) }
                .filter { !$0.hasPrefix("..") && !$0.split(separator: "/").contains("..") }
        }
    }

    private static func clean(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
