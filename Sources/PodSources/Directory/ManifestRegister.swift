import KubernetesAPI
import StructuredData

/// What is known of each manifest file: pure bookkeeping, with times as durations since the source started.
///
/// A file is in one of these states: *present* (read at least once, or taken over from a checkpoint), *missing*
/// (gone for less than the debounce) or forgotten. present → missing when it is gone; missing → present when it is
/// back in time; missing → forgotten when it is not. A file that cannot be read or understood stays as it is, with
/// the last pods that were accepted from it.
struct ManifestRegister: Sendable {
    private struct Entry: Sendable {
        var fingerprint: FileFingerprint?
        /// Of the bytes that were read last; nil before this process has read any.
        var digest: Int?
        /// Whether this process has seen the file, rather than only a checkpoint of its pods.
        var wasSeen = false
        var accepted: [DesiredPod] = []
        var problems: [ManifestProblem] = []
    }

    private struct Missing: Sendable, Hashable {
        var since: Duration
        /// Whether somebody took it away, rather than an editor that keeps a backup beside it.
        var wasTaken: Bool
        /// The rename by which it went; 0 for none.
        var cookie: UInt32
    }

    private let debounce: Duration
    private var entries: [String: Entry] = [:]
    private var missing: [String: Missing] = [:]
    /// The paths in the order of their names, by which conflicts are decided.
    private var order: [String] = []
    /// The file whose version of a pod runs.
    private var owners: [PodFullName: String] = [:]
    private var running: [PodFullName: PodHash] = [:]
    private var resolved: (pods: [DesiredPod], problems: [ManifestProblem])?

    /// - Parameters:
    ///   - debounce: how long a file may be missing.
    ///   - lastAccepted: what ran before this process started.
    init(debounce: Duration, lastAccepted: [DesiredPod] = []) {
        self.debounce = debounce
        for pod in lastAccepted {
            insert(pod.origin)
            entries[pod.origin]?.accepted.append(pod)
            owners[pod.fullName] = pod.origin
            running[pod.fullName] = pod.hash
        }
    }

    /// When the next missing file is given up.
    var nextDeadline: Duration? { missing.values.map { $0.since + debounce }.min() }

    var paths: [String] { order }

    /// Whether files of which only a checkpoint tells are missing: till they are given up or are back, nothing can be
    /// said of their pods, neither that they are to run nor that they are not.
    var isInDoubt: Bool { missing.keys.contains { entries[$0]?.wasSeen == false } }

    /// The fingerprints of the files whose content is known.
    var fingerprints: [String: FileFingerprint] {
        entries.filter { missing[$0.key] == nil }.compactMapValues(\.fingerprint)
    }

    private mutating func insert(_ path: String) {
        guard entries[path] == nil else { return }
        entries[path] = Entry()
        let place = order.partitioningIndex { ManifestName.precedes(path, $0) }
        order.insert(path, at: place)
    }

    private mutating func remove(_ path: String) -> Entry? {
        missing[path] = nil
        order.removeAll { $0 == path }
        return entries.removeValue(forKey: path)
    }

    private mutating func noteSight(of path: String) {
        entries[path]?.wasSeen = true
        if missing.removeValue(forKey: path) != nil { resolved = nil }
    }
}

// What can happen to a file.
extension ManifestRegister {
    /// The file was deleted or moved away; it may be back already.
    mutating func taken(_ path: String, cookie: UInt32, at time: Duration) {
        guard entries[path] != nil else { return }
        missing[path] = Missing(since: time, wasTaken: true, cookie: cookie)
        resolved = nil
    }

    /// Something was renamed to the path within the directory or from elsewhere.
    /// - Parameter isManifest: whether the new name is one of a manifest, and no backup's.
    mutating func renamed(to path: String, cookie: UInt32, isManifest: Bool) {
        guard cookie != 0, let source = missing.first(where: { $0.value.cookie == cookie })?.key else { return }
        missing[source]?.wasTaken = false
        guard isManifest, entries[path] == nil, var entry = remove(source) else { return }
        // The same file by another name, also when it is invalid and only its last good pods are known.
        entry.fingerprint = nil
        for index in entry.accepted.indices {
            entry.accepted[index].origin = path
            let name = entry.accepted[index].fullName
            if owners[name] == source { owners[name] = path }
        }
        insert(path)
        entries[path] = entry
        resolved = nil
    }

    /// The file is not there.
    mutating func absent(_ path: String, at time: Duration) {
        guard entries[path] != nil, missing[path] == nil else { return }
        missing[path] = Missing(since: time, wasTaken: false, cookie: 0)
        resolved = nil
    }

    /// The file is there and as it was.
    mutating func unchanged(_ path: String) { noteSight(of: path) }

    /// The file is there, but what is in it isn't known.
    mutating func unreadable(_ path: String, _ problem: ManifestProblem) {
        insert(path)
        noteSight(of: path)
        entries[path]?.fingerprint = nil
        guard entries[path]?.problems != [problem] else { return }
        entries[path]?.problems = [problem]
        resolved = nil
    }

    /// The file was read.
    mutating func read(_ path: String, _ result: ManifestResult, digest: Int, fingerprint: FileFingerprint?) {
        insert(path)
        guard var entry = entries[path] else { return }
        let wasRestarted = missing[path]?.wasTaken == true && entry.digest == digest
        let result = entry.digest == nil ? pardon(result) : result
        noteSight(of: path)
        entry.wasSeen = true
        entry.fingerprint = fingerprint
        entry.digest = digest
        entry.problems = result.allProblems
        if result.isValid {
            entry.accepted = result.pods.map { pod in
                var pod = pod
                if let earlier = acceptedVersion(like: pod) {
                    // The annotation with the time it was seen must not change without a change of the rest.
                    pod = earlier
                    pod.origin = path
                }
                if wasRestarted { pod.restartRequests += 1 }
                return pod
            }
        }
        entries[path] = entry
        resolved = nil
    }

    /// Gives up the files that have been missing for too long.
    mutating func expire(at time: Duration) {
        for (path, gone) in missing where gone.since + debounce <= time {
            _ = remove(path)
            resolved = nil
        }
    }

    /// Lets misspelt fields of a file pass that means exactly what ran before this process first read it: an
    /// upgrade must not reject what it finds running (design.md, better 8).
    private func pardon(_ result: ManifestResult) -> ManifestResult {
        guard result.problems.isEmpty else { return result }
        var pardoned = result
        pardoned.items = result.items.map { item in item.pardoned(ifRunning: ranBefore) }
        return pardoned.isValid && pardoned.pods.allSatisfy(ranBefore) ? pardoned : result
    }

    /// Whether the pod is as it was accepted before this process read anything of it.
    private func ranBefore(_ pod: DesiredPod) -> Bool {
        acceptedVersion(like: pod) != nil && owner(of: pod)?.digest == nil
    }

    private func acceptedVersion(like pod: DesiredPod) -> DesiredPod? {
        owner(of: pod)?.accepted.first { $0.isSameVersion(as: pod) }
    }

    /// The file whose version of the pod runs.
    private func owner(of pod: DesiredPod) -> Entry? { owners[pod.fullName].flatMap { entries[$0] } }
}

extension ManifestRegister {
    /// The pods of all files, each once, and everything that is wrong. Remembers which file has which pod.
    mutating func resolve() -> (pods: [DesiredPod], problems: [ManifestProblem]) {
        if let resolved { return resolved }
        var candidates: [PodConflicts.Candidate] = []
        candidates.reserveCapacity(entries.count)
        var problems: [ManifestProblem] = []
        var doubtful: [DesiredPod] = []
        for path in order {
            guard let entry = entries[path] else { continue }
            problems += entry.problems
            let isMissing = missing[path] != nil
            if isMissing && !entry.wasSeen {
                doubtful += entry.accepted
            } else {
                for pod in entry.accepted { candidates.append(PodConflicts.Candidate(pod: pod, isMissing: isMissing)) }
            }
        }
        let chosen = PodConflicts.resolve(candidates, owners: owners, running: running)
        owners = Dictionary((chosen.pods + doubtful).map { ($0.fullName, $0.origin) }) { first, _ in first }
        running = Dictionary((chosen.pods + doubtful).map { ($0.fullName, $0.hash) }) { first, _ in first }
        let result = (chosen.pods, problems + chosen.problems)
        resolved = result
        return result
    }
}

extension Array {
    /// The first position whose element fulfils the condition, in an array where all that do come last.
    fileprivate func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
        var range = 0..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = condition(self[middle]) ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
        }
        return range.lowerBound
    }
}
