import HostSystem
package import KubernetesAPI
package import Logging
package import PodSources
import StructuredData

/// The specs of the pods this kubelet runs, on disk, so that a pod whose manifest vanishes while the kubelet is down
/// still gets its full goodbye.
package actor PodCheckpoints {
    private let directory: String
    private let logger: Logger

    package init(directory: String, logger: Logger) {
        self.directory = directory
        self.logger = logger
    }

    /// Writes a pod's spec, before anything of it runs.
    package func save(_ accepted: DesiredPod) throws {
        try HostFiles.createDirectory(directory, mode: 0o700)
        let saved: JSONValue = [
            "origin": .string(accepted.origin), "hash": .string(accepted.hash.rawValue),
            "pod": accepted.pod.encoded(),
        ]
        try HostFiles.writeAtomically(saved.serialized(), to: path(accepted.pod.uid), mode: 0o600)
    }

    package func remove(_ uid: PodUID) throws { try HostFiles.remove(path(uid)) }

    /// Every pod that was saved; one that can't be read is left where it is, and said.
    package func load() throws -> [PodUID: DesiredPod] {
        guard HostFiles.exists(directory) else { return [:] }
        var pods: [PodUID: DesiredPod] = [:]
        for name in try HostFiles.list(directory) where name.hasSuffix(".json") && !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            do {
                let saved = try JSONValue(parsing: try HostFiles.read(path))
                let pod = try Pod(saved["pod"] ?? .null)
                pods[pod.uid] = DesiredPod(
                    pod: pod, hash: PodHash(saved["hash"]?.stringValue ?? ""),
                    origin: saved["origin"]?.stringValue ?? "")
            } catch {
                logger.warning("cannot read a saved pod", metadata: ["file": "\(path)", "error": "\(error)"])
            }
        }
        return pods
    }

    private func path(_ uid: PodUID) -> String { "\(directory)/\(uid.rawValue).json" }
}
