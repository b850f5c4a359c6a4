import Glibc
import HostSystem
import KubernetesAPI
import StructuredData

/// What was found in one look at a manifest directory, already parsed.
struct DirectoryObservation: Sendable {
    enum Listing: Sendable {
        /// Only some files were looked at.
        case none
        /// All there is: these paths and nothing else.
        case complete(Set<String>)
        /// Nothing is at the path.
        case absent
        /// What is there can't be known; everything stays as it is.
        case unknown(ManifestProblem)
    }

    enum Reading: Sendable {
        case absent
        /// Nothing to do: as before, being written, or no manifest.
        case unchanged
        case unreadable(ManifestProblem)
        case read(ManifestResult, digest: Int, FileFingerprint?)
    }

    var listing = Listing.none
    var readings: [(path: String, reading: Reading)] = []
    /// What was skipped, and why.
    var warnings: [ManifestProblem] = []
    /// Whether the path is where a file system is mounted, as far as that can be known.
    var isMountPoint = false
    var inode: UInt64 = 0
}

/// Looks at manifest files. All calls block.
struct DirectoryReader: Sendable {
    let path: String
    let reader: ManifestReader
    /// Whether files that somebody is writing are read too, as they are now.
    var readsBusyFiles = false

    /// Looks at everything; files whose fingerprint is known are not read.
    func readAll(
        known: [String: FileFingerprint], forcing forced: Set<String>, seen: Timestamp
    ) -> DirectoryObservation {
        var observation = DirectoryObservation()
        do {
            guard let found = try HostFiles.attributes(path) else {
                observation.listing = .absent
                return observation
            }
            observation.isMountPoint = isMountRoot(path)
            observation.inode = found.inode
            var paths = [path]
            if found.kind == .directory {
                paths = try HostFiles.list(path).filter(ManifestName.isManifest).map { join(path, $0) }
            }
            var present: Set<String> = []
            for file in paths {
                read(file, unless: forced.contains(file) ? nil : known[file], seen: seen, into: &observation)
                if observation.readings.last?.path == file, case .absent? = observation.readings.last?.reading {
                    continue
                }
                present.insert(file)
            }
            observation.listing = .complete(present)
        } catch {
            observation.listing = .unknown(ManifestProblem(file: path, message: "\(error)"))
        }
        return observation
    }

    /// Looks at some files of the directory, and reads them whatever their fingerprint.
    func read(_ paths: [String], seen: Timestamp) -> DirectoryObservation {
        var observation = DirectoryObservation()
        for file in paths { read(file, unless: nil, seen: seen, into: &observation) }
        return observation
    }

    private func read(
        _ file: String, unless known: FileFingerprint?, seen: Timestamp, into observation: inout DirectoryObservation
    ) {
        let reading: DirectoryObservation.Reading
        switch ManifestFile(reading: file, limit: ManifestReader.sizeLimit, unless: known, evenIfBusy: readsBusyFiles) {
        case .absent: reading = .absent
        case .unchanged, .busy: reading = .unchanged
        case .directory:
            observation.warnings.append(
                ManifestProblem(file: file, message: "a directory is not read", severity: .warning))
            return
        case .otherKind:
            observation.warnings.append(
                ManifestProblem(file: file, message: "this is no regular file and is not read", severity: .warning))
            return
        case .unreadable(let error):
            reading = .unreadable(ManifestProblem(file: file, message: error.message))
        case .tooLarge(let size, let fingerprint):
            let result = ManifestResult(problems: [reader.tooLarge(file, bytes: size)])
            reading = .read(result, digest: Int(truncatingIfNeeded: size), fingerprint)
        case .content(let bytes, let fingerprint):
            var hasher = Hasher()
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            // Clocks of file systems tick in milliseconds: what changed just now can change again without a trace.
            let isSettled = seen.nanosecondsSince1970 - fingerprint.changedAt > 100_000_000
            let result = reader.read(bytes, file: file, seen: seen)
            reading = .read(result, digest: hasher.finalize(), isSettled ? fingerprint : nil)
        }
        observation.readings.append((file, reading))
    }

    private func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    private func isMountRoot(_ path: String) -> Bool {
        guard let inside = mountID(path), let outside = mountID(path + "/..") else { return false }
        return inside != outside
    }

    /// The kernel's line about the mount that a path lies on.
    private func mountID(_ path: String) -> String? {
        let directory = open(path, pathOnly | O_CLOEXEC)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        let facts = try? HostFiles.readText("/proc/self/fdinfo/\(directory)")
        return facts?.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }.map(String.init)
    }
}

/// `O_PATH`, which Glibc shows to GNU sources only: a descriptor that names a file without opening it.
private let pathOnly: Int32 = 0o10000000
