import HostSystem
import KubernetesAPI

/// Writes the files of a volume so that whoever looks sees all of one version or all of the next (upstream:
/// `pkg/volume/util/atomic_writer.go`, whose layout this is).
///
/// ```
/// labels     -> ..data/labels
/// ..data     -> ..2026_02_01_15_04_05.0123456789
/// ..2026_02_01_15_04_05.0123456789/labels
/// ```
///
/// One link, renamed over the one before, changes them all. Nothing is synced: what a power cut leaves of it is compared
/// with what should be there before anything of the pod starts again.
struct AtomicWriter: Sendable {
    /// The volume's directory.
    let directory: String
    let ownership: VolumeOwnership

    private static let data = "..data"
    private static let newData = "..data_tmp"
    private static let directoryMode: UInt32 = 0o755

    private var dataLink: String { "\(directory)/\(Self.data)" }

    /// Makes these the files of the volume, and does nothing if they are.
    func write(_ payload: VolumePayload, now: Timestamp) throws {
        try ownership.createDirectory(directory, mode: Self.directoryMode)
        if try !shows(payload) {
            let name = Self.name(at: now)
            do {
                try write(payload, into: "\(directory)/\(name)")
                try publish(name)
            } catch {
                // On a disk that is full it would take room for nothing.
                try? HostFiles.removeTree("\(directory)/\(name)")
                throw error
            }
        }
        let entries = Set(payload.files.keys.map(Self.entry))
        for entry in entries { try link(entry) }
        try removeStale(keeping: entries)
    }

    /// `..2026_02_01_15_04_05.0123456789`
    private static func name(at now: Timestamp) -> String {
        let time = now.rfc3339.map { "-T:".contains($0) ? "_" : $0 }.filter { $0 != "Z" }
        let digits = String(UInt32.random(in: 0...UInt32.max))
        return "..\(String(time)).\(String(repeating: "0", count: 10 - digits.count))\(digits)"
    }

    /// The first part of a path: what is seen of it in the volume's directory.
    private static func entry(_ path: String) -> String { String(path.prefix { $0 != "/" }) }

    // MARK: What is there

    /// Whether the data are these files and no others.
    private func shows(_ payload: VolumePayload) throws -> Bool {
        guard let current = try HostFiles.target(ofLink: dataLink), HostFiles.exists(dataLink) else { return false }
        var found: Set<String> = []
        try collectFiles("\(directory)/\(current)", "", into: &found)
        guard found == Set(payload.files.keys) else { return false }
        return try payload.files.allSatisfy { try isWritten($0.value, at: "\(directory)/\(current)/\($0.key)") }
    }

    private func collectFiles(_ directory: String, _ prefix: String, into found: inout Set<String>) throws {
        for name in try HostFiles.list(directory) {
            let path = "\(directory)/\(name)"
            if try HostFiles.attributes(path, followingLinks: false)?.kind == .directory {
                try collectFiles(path, "\(prefix)\(name)/", into: &found)
            } else {
                found.insert(prefix + name)
            }
        }
    }

    private func isWritten(_ file: VolumePayload.File, at path: String) throws -> Bool {
        guard let found = try HostFiles.attributes(path, followingLinks: false), found.kind == .file,
            found.mode == ownership.mode(ofFile: file.mode), found.groupID == ownership.group ?? found.groupID,
            found.size == Int64(file.bytes.count)
        else { return false }
        return try HostFiles.read(path) == file.bytes
    }

    // MARK: Writing

    private func write(_ payload: VolumePayload, into target: String) throws {
        try ownership.createDirectory(target, mode: Self.directoryMode)
        for (path, file) in payload.files.sorted(by: { $0.key < $1.key }) {
            var parent = target
            for part in path.split(separator: "/").dropLast() {
                parent += "/\(part)"
                try ownership.createDirectory(parent, mode: Self.directoryMode)
            }
            let place = "\(target)/\(path)"
            try HostFiles.write(file.bytes, to: place, mode: ownership.mode(ofFile: file.mode))
            try ownership.claim(place)
        }
    }

    /// Has the directory of that name take the place of the one before.
    private func publish(_ name: String) throws {
        let link = "\(directory)/\(Self.newData)"
        try HostFiles.remove(link)
        try HostFiles.symbolicLink(link, to: name)
        try ownership.claim(link)
        try HostFiles.rename(link, to: dataLink)
    }

    private func link(_ entry: String) throws {
        let path = "\(directory)/\(entry)"
        // A directory that another volume is mounted in was there first.
        guard try HostFiles.attributes(path, followingLinks: false) == nil else { return }
        try HostFiles.symbolicLink(path, to: "\(Self.data)/\(entry)")
        try ownership.claim(path)
    }

    /// Removes links to files that are gone, data of earlier versions, and what a kubelet that was killed had begun.
    private func removeStale(keeping entries: Set<String>) throws {
        let current = try HostFiles.target(ofLink: dataLink)
        for name in try HostFiles.list(directory) where name != Self.data && name != current && !entries.contains(name)
        {
            let path = "\(directory)/\(name)"
            if name.hasPrefix("..") {
                try HostFiles.removeTree(path)
            } else if try HostFiles.attributes(path, followingLinks: false)?.kind == .symbolicLink {
                try HostFiles.remove(path)
            }
        }
    }
}
