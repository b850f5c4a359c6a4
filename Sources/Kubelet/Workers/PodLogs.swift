import HostSystem
import KubernetesAPI

/// The directories in which runtimes keep the logs of pods, found by their names.
struct PodLogs: Sendable, Hashable {
    /// `podLogsDir`.
    let directory: String

    /// The UIDs that have a directory; what has another name than those of pods is nobody's business.
    func storedPods() throws -> Set<PodUID> { Set(try directories().map(\.uid)) }

    /// Removes what is left of a pod that nobody knows, as far as nobody writes there: another kubelet of the machine may
    /// have its pods' logs in the same directory.
    func removeIfUnused(_ uid: PodUID) throws {
        for (found, path) in try directories() where found == uid && !Self.isWritten(path) {
            try HostFiles.removeTree(path)
        }
    }

    /// As `PodPaths.podLogs` names them; namespaces, names and UIDs have no underscore.
    private func directories() throws -> [(uid: PodUID, path: String)] {
        guard HostFiles.exists(directory) else { return [] }
        return try HostFiles.list(directory).compactMap { name in
            let parts = name.split(separator: "_", omittingEmptySubsequences: false)
            let path = "\(directory)/\(name)"
            guard parts.count == 3, !parts.contains(where: \.isEmpty),
                try HostFiles.attributes(path, followingLinks: false)?.kind == .directory
            else { return nil }
            return (PodUID(String(parts[2])), path)
        }
    }

    /// Whether a log in one of the containers' directories is still open.
    private static func isWritten(_ path: String) -> Bool {
        let containers = ((try? HostFiles.list(path)) ?? []).map { "\(path)/\($0)" }
        return containers.contains { container in
            ((try? HostFiles.list(container)) ?? []).contains { HostFiles.isOpenForWriting("\(container)/\($0)") }
        }
    }
}
