import ContainerRuntime
import HostSystem
import KubernetesAPI
package import Logging
import PodLifecycle

/// Links to the logs of containers, all in one directory, by names that tell of pod, namespace and container: where
/// programs that ship logs look for them (upstream: `logSymlink` in `pkg/kubelet/kuberuntime/legacy.go`).
///
/// A link leads to the file that the runtime writes to, so rotations leave it as it is. Each step may be repeated: a
/// kubelet that was killed before it made a link makes it when it sees the container again, and one whose log is gone is
/// swept away.
package struct ContainerLogLinks: Sendable {
    /// Longer names no common file system takes.
    private static let longestName = 255
    private static let suffix = ".log"

    private struct Link: Sendable, Hashable {
        var path: String
        var target: String
    }

    private let directory: String
    private let logger: Logger
    /// Those of the containers that there are.
    private var links: [ContainerID: Link] = [:]

    package init(directory: String, logger: Logger) {
        self.directory = directory
        self.logger = logger
    }

    /// Makes the link of a container that was started, and removes that of one that is gone.
    mutating func note(_ sighting: ContainerSighting) {
        do {
            switch sighting {
            case .found(let container): try make(for: container)
            case .gone(let id): try remove(id)
            }
        } catch {
            logger.warning("cannot keep the link to a container's log", metadata: ["error": "\(error)"])
        }
    }

    private mutating func make(for container: RuntimeContainer) throws {
        // As upstream: one that never began, or whose log goes elsewhere, has none.
        guard links[container.id] == nil, container.startedAt != nil else { return }
        let link = Link(path: "\(directory)/\(Self.name(for: container))", target: container.logPath)
        if try !HostFiles.isLink(link.path, to: link.target) {
            guard HostFiles.exists(link.target) else { return }
            try HostFiles.createDirectory(directory)
            try HostFiles.remove(link.path)
            try HostFiles.symbolicLink(link.path, to: link.target)
        }
        links[container.id] = link
    }

    private mutating func remove(_ id: ContainerID) throws {
        guard let link = links.removeValue(forKey: id) else { return }
        // Another container's may have the name by now, if it is too long to have the ID in it.
        if try HostFiles.isLink(link.path, to: link.target) { try HostFiles.remove(link.path) }
    }

    /// `POD_NAMESPACE_CONTAINER-ID.log`, its end cut off where it is too long.
    static func name(for container: RuntimeContainer) -> String {
        let pod = container.labels[RuntimeLabels.podName] ?? ""
        let namespace = container.labels[RuntimeLabels.podNamespace] ?? ""
        let name = "\(pod)_\(namespace)_\(container.name)-\(container.id)"
        return name.prefix(longestName - suffix.count) + suffix
    }

    /// Removes the links to logs that are gone, but for those that are about to be there again.
    /// - Parameters:
    ///   - logs: where pods' logs are; links to elsewhere are nobody's business.
    ///   - live: the logs of containers that run: in the middle of a rotation there is no such file.
    package static func sweep(_ directory: String, of logs: String, keeping live: Set<String>) throws {
        guard HostFiles.exists(directory) else { return }
        for name in try HostFiles.list(directory) where name.hasSuffix(suffix) {
            let path = "\(directory)/\(name)"
            guard try HostFiles.attributes(path, followingLinks: false)?.kind == .symbolicLink,
                let target = try HostFiles.target(ofLink: path), target.hasPrefix("\(logs)/"), !live.contains(target),
                !HostFiles.exists(target)
            else { continue }
            try HostFiles.remove(path)
        }
    }
}

extension HostFiles {
    /// Whether a path is a symbolic link that leads to just that.
    fileprivate static func isLink(_ path: String, to target: String) throws -> Bool {
        guard try attributes(path, followingLinks: false)?.kind == .symbolicLink else { return false }
        return try self.target(ofLink: path) == target
    }
}
