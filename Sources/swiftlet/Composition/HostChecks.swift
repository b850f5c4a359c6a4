import HostSystem
import Kubelet
import KubeletConfiguration
import PodLifecycle

/// Refuses to start on a machine that the configuration rules out, as upstream does.
enum HostChecks {
    static func check(_ configuration: KubeletConfiguration, _ inventory: HostInventory) throws {
        if configuration.failCgroupV1, !inventory.hasUnifiedCgroups {
            throw StartError(
                "this machine has cgroups of version 1, which Kubernetes no longer supports; "
                    + "set failCgroupV1: false in the kubelet's configuration to run all the same")
        }
        if configuration.singleProcessOOMKill == false, !inventory.hasUnifiedCgroups {
            throw StartError("singleProcessOOMKill: false needs cgroups of version 2, and this machine has version 1")
        }
        if configuration.failSwapOn, inventory.swap > 0 {
            throw StartError(
                "swap is on, and pods would be slowed down by it without their limits telling; "
                    + "turn it off, or set failSwapOn: false in the kubelet's configuration")
        }
    }

    /// Whether systemd is there to make cgroups.
    static func checkSystemd() throws {
        guard HostFiles.exists(SystemdManager.socket) else {
            throw StartError(
                "cgroupDriver systemd needs systemd, which doesn't run here: there is no \(SystemdManager.socket)")
        }
    }

    /// The user IDs that pods may have for themselves.
    static func userNamespaceRanges(_ configuration: KubeletConfiguration) throws -> UserNamespaceRanges {
        let length = configuration.userNamespaces?.idsPerPod.flatMap { UInt32(exactly: $0) }
        func text(_ path: String) -> String { (try? HostFiles.readText(path, limit: 1 << 20)) ?? "" }
        do {
            return try UserNamespaceRanges(
                idsPerPod: length ?? UserNamespaceRanges.standardLength, users: text("/etc/subuid"),
                groups: text("/etc/subgid"), maxPods: Int(configuration.maxPods))
        } catch {
            throw StartError("cannot give pods users of their own: \(error)")
        }
    }
}
