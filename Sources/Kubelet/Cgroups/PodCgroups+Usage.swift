import HostSystem
import KubernetesAPI

extension PodCgroups {
    /// How many processes and threads a pod has; `nil` where that isn't counted.
    func processCount(of uid: PodUID) -> Int64? {
        let counts = ((try? directories(of: uid)) ?? []).compactMap { directory in
            (try? HostFiles.readText(directory + "/pids.current", limit: 64)).flatMap { Int64($0.dropLast()) }
        }
        return counts.max()
    }

    /// The memory that all pods use together, in bytes.
    func memoryUse() -> MemoryUse? { hierarchies.memoryUse(of: all.path(driver)) }
}
