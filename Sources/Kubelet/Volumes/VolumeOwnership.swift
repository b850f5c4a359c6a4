import HostSystem
import KubernetesAPI

/// Whom the files of a volume belong to: the pod's `fsGroup`, and the rights that go with it (upstream:
/// `pkg/volume/volume_linux.go`).
///
/// `fsGroupChangePolicy` makes no difference to the volumes there are: it is about those that come with files.
struct VolumeOwnership: Sendable, Hashable {
    /// `nil` leaves everything to root.
    let group: UInt32?
    /// Whether the pod only reads the volume.
    let isReadOnly: Bool

    init(of pod: Pod, isReadOnly: Bool) {
        group = pod.spec.securityContext?.fsGroup.map { UInt32(clamping: $0) }
        self.isReadOnly = isReadOnly
    }

    private var fileBits: UInt32 { isReadOnly ? 0o440 : 0o660 }

    /// The mode of a file whose mode would be this one without a group.
    func mode(ofFile mode: UInt32) -> UInt32 { group == nil ? mode : mode | fileBits }

    /// The mode of a directory; what is made in it later belongs to the group too.
    func mode(ofDirectory mode: UInt32) -> UInt32 { group == nil ? mode : mode | fileBits | 0o2110 }

    /// Makes a directory with its missing parents; one that is there gets the mode too.
    func createDirectory(_ path: String, mode: UInt32) throws {
        try HostFiles.createDirectory(path, mode: mode)
        try claim(path)
        try HostFiles.setMode(path, self.mode(ofDirectory: mode))
    }

    /// Gives a path to the group; a symbolic link itself.
    func claim(_ path: String) throws {
        if let group { try HostFiles.setGroup(path, group) }
    }
}
