/// Who makes cgroups: kubelet and runtime by themselves, or systemd, whose slices and scopes they then are. Both have to use
/// the same one.
package enum CgroupDriver: String, Sendable, Hashable {
    case cgroupfs, systemd
}
