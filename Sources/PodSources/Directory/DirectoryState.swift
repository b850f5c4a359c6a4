import HostSystem
import KubernetesAPI

/// What to look at next.
enum DirectoryLook: Sendable, Hashable {
    case nothing
    case files(Set<String>)
    /// Everything; the given files are read even if they seem unchanged.
    case everything(forcing: Set<String>, rearms: Bool)

    var rearms: Bool { if case .everything(_, rearms: true) = self { true } else { false } }

    var isForAll: Bool { if case .everything = self { true } else { false } }

    mutating func add(_ path: String) {
        switch self {
        case .nothing: self = .files([path])
        case .files(let paths): self = .files(paths.union([path]))
        case .everything(let paths, let rearms): self = .everything(forcing: paths.union([path]), rearms: rearms)
        }
    }

    /// The periodic scan: also finds out what happened to the directory itself.
    mutating func addScan() { self = .everything(forcing: forced, rearms: true) }

    mutating func addAllFiles() { self = .everything(forcing: forced, rearms: rearms) }

    private var forced: Set<String> {
        switch self {
        case .nothing: []
        case .files(let paths), .everything(let paths, _): paths
        }
    }
}

extension DirectoryReader {
    /// Looks at what was asked for. Blocks.
    func carryOut(_ look: DirectoryLook, known: [String: FileFingerprint], seen: Timestamp) -> DirectoryObservation {
        switch look {
        case .nothing: DirectoryObservation()
        case .files(let paths): read(paths.sorted(), seen: seen)
        case .everything(let paths, _): readAll(known: known, forcing: paths, seen: seen)
        }
    }
}

/// Turns events and observations of a manifest directory into updates: pure, with times as durations since the
/// source started.
struct DirectoryState: Sendable {
    let path: String
    var watch: DirectoryWatch
    private var register: ManifestRegister
    private let debounce: Duration
    /// Why the directory can't be read now.
    private var placeProblem: ManifestProblem?
    private var warnings: [ManifestProblem] = []
    /// Since when the whole directory has been missing.
    private var absentSince: Duration?
    private var mount = Mount.none
    /// Whether the directory has been listed, or was found missing.
    private var wasListed = false
    private var complete = false
    private var emitted: PodSourceUpdate?

    private enum Mount: Sendable, Hashable {
        /// The directory is no mount point, or has never been looked at.
        case none
        case mounted(inode: UInt64)
        /// What was mounted is gone: files that are not there may only be out of sight.
        case unmounted
    }

    init(path: String, debounce: Duration, lastAccepted: [DesiredPod], watch: DirectoryWatch) {
        self.path = path
        self.watch = watch
        self.debounce = debounce
        register = ManifestRegister(debounce: debounce, lastAccepted: lastAccepted)
    }

    /// The fingerprints of the files whose content is known.
    var known: [String: FileFingerprint] { register.fingerprints }

    var nextDeadline: Duration? {
        let place = complete ? nil : absentSince.map { $0 + debounce }
        return [place, mount == .unmounted ? nil : register.nextDeadline].compactMap(\.self).min()
    }

    /// Notes what the kernel told and says what to look at.
    mutating func note(_ events: [InotifyEvent], at time: Duration) -> DirectoryLook {
        var look = DirectoryLook.nothing
        for event in events {
            switch watch.meaning(of: event) {
            case .nothing: break
            case .files: look.addAllFiles()
            case .place: look.addScan()
            case .unmounted:
                mount = .unmounted
                look.addScan()
            case .name(let name): note(name, event, at: time, into: &look)
            }
        }
        return look
    }

    private mutating func note(_ name: String, _ event: InotifyEvent, at time: Duration, into look: inout DirectoryLook)
    {
        let isManifest = ManifestName.isManifest(name)
        let file = path.hasSuffix("/") ? path + name : path + "/" + name
        if event.kinds.contains(.movedIn) { register.renamed(to: file, cookie: event.cookie, isManifest: isManifest) }
        guard isManifest else { return }
        if !event.kinds.isDisjoint(with: [.deleted, .movedAway]) {
            register.taken(file, cookie: event.kinds.contains(.movedAway) ? event.cookie : 0, at: time)
        }
        look.add(file)
    }

    /// Takes over what was found.
    mutating func apply(_ observation: DirectoryObservation, at time: Duration) {
        for (path, reading) in observation.readings {
            switch reading {
            case .absent: register.absent(path, at: time)
            case .unchanged: register.unchanged(path)
            case .unreadable(let problem): register.unreadable(path, problem)
            case .read(let result, let digest, let fingerprint):
                register.read(path, result, digest: digest, fingerprint: fingerprint)
            }
        }
        apply(observation.listing, observation, at: time)
        if mount != .unmounted { register.expire(at: time) }
        let isAbsenceSure = absentSince.map { $0 + debounce <= time } ?? true
        if wasListed && isAbsenceSure && !register.isInDoubt { complete = true }
    }

    private mutating func apply(
        _ listing: DirectoryObservation.Listing, _ observation: DirectoryObservation, at time: Duration
    ) {
        switch listing {
        case .none:
            return
        case .unknown(let problem):
            placeProblem = problem
            return
        case .absent:
            wasListed = true
            absentSince = absentSince ?? time
            for path in register.paths { register.absent(path, at: time) }
        case .complete(let present):
            wasListed = true
            absentSince = nil
            follow(observation)
            for path in register.paths where !present.contains(path) { register.absent(path, at: time) }
        }
        warnings = observation.warnings
        placeProblem =
            mount == .unmounted
            ? ManifestProblem(
                file: path, message: "the file system was unmounted: pods whose manifests were there run on",
                severity: .warning) : nil
    }

    private mutating func follow(_ observation: DirectoryObservation) {
        switch mount {
        case .mounted(let inode) where !observation.isMountPoint && observation.inode != inode: mount = .unmounted
        case _ where observation.isMountPoint: mount = .mounted(inode: observation.inode)
        default: break
        }
    }

    /// What the directory wants now, if that is news.
    mutating func update() -> PodSourceUpdate? {
        let (pods, problems) = register.resolve()
        let update = PodSourceUpdate(
            source: .file, pods: pods, problems: (placeProblem.map { [$0] } ?? []) + warnings + problems,
            complete: complete)
        // Before the first look there is nothing to tell, except why it can't be taken.
        guard update != emitted, wasListed || !update.problems.isEmpty else { return nil }
        emitted = update
        return update
    }
}
