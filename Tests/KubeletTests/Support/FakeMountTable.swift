import HostSystem
import Kubelet

/// Mounts that are only noted.
final class FakeMountTable: MountTable {
    struct Mount: Sendable, Hashable {
        var path: String
        var memory: MemoryOptions?
        /// What is bound there.
        var source: String?
    }

    private let mounted = Watched<[Mount]>([])

    var mounts: [Mount] { mounted.value }

    func mountPoints(below path: String) throws -> [String] {
        mounts.map(\.path).filter { $0 == path || $0.hasPrefix(path + "/") }.sorted { $0.utf8.count < $1.utf8.count }
    }

    func mountMemory(at path: String, _ options: MemoryOptions) throws {
        mounted.update { $0.append(Mount(path: path, memory: options)) }
    }

    func bind(_ source: String, at target: String) throws {
        // What the kernel would find by the path of an open file.
        let found = HostFiles.resolved(source)
        mounted.update { $0.append(Mount(path: target, source: found)) }
    }

    func unmount(_ path: String) throws {
        mounted.update { $0.removeAll { $0.path == path } }
    }
}
