import Glibc
import HostSystem

/// Keeps watches on a manifest directory and on what is above it, whatever becomes of them.
///
/// Two directories are watched: the path itself if it is a directory, and its nearest existing ancestor, where it
/// would appear, disappear or be replaced. Mounts tell nothing, which is why `rearm` is called on each scan too.
struct DirectoryWatch: Sendable {
    /// What an event asks for.
    enum Meaning: Sendable, Hashable {
        case nothing
        /// Something happened to that name in the manifest directory.
        case name(String)
        /// The path, or the way to it, changed: watch anew and look at everything.
        case place
        /// A link through which the files are reached may have been swapped, or events were lost.
        case files
        /// The file system of the directory was unmounted.
        case unmounted
    }

    private struct Target: Sendable, Hashable {
        var watch: InotifyWatch
        /// The name below it that is of interest; nil for all.
        var awaited: String?
    }

    let path: String
    private let inotify: Inotify?
    private var directory: Target?
    private var ancestor: Target?

    private static let appearances: InotifyEvent.Kinds = [.created, .movedIn, .movedAway, .deleted]
    private static let everything = appearances.union([
        .closedAfterWriting, .attributesChanged, .selfDeleted, .selfMoved,
    ])

    init(path: String, inotify: Inotify?) {
        self.path = path
        self.inotify = inotify
    }

    /// What an event is about.
    func meaning(of event: InotifyEvent) -> Meaning {
        if event.kinds.contains(.overflow) { return .place }
        if event.watch == directory?.watch {
            if event.kinds.contains(.unmounted) { return .unmounted }
            if !event.kinds.isDisjoint(with: [.selfDeleted, .selfMoved, .watchEnded]) { return .place }
            // How mounted ConfigMaps change all their files at once.
            if event.name == "..data" { return .files }
            if !event.name.isEmpty { return .name(event.name) }
        }
        if event.watch == ancestor?.watch {
            if event.name.isEmpty { return event.kinds == .attributesChanged ? .nothing : .place }
            if event.name == ancestor?.awaited { return .place }
        }
        return .nothing
    }

    /// Watches what is at the path now. Blocks. Failures leave the periodic scan.
    mutating func rearm() {
        guard let inotify else { return }
        let found = (try? HostFiles.attributes(path)) ?? nil
        let isDirectory = found?.kind == .directory
        let above = Self.nearestAncestor(of: path)
        ancestor = Self.replace(
            ancestor, with: above.path, awaiting: above.awaited,
            kinds: isDirectory ? Self.appearances.union([.selfDeleted, .selfMoved]) : Self.everything, on: inotify)
        if isDirectory {
            directory = Self.replace(directory, with: path, awaiting: nil, kinds: Self.everything, on: inotify)
        } else if let old = directory {
            directory = nil
            if old.watch != ancestor?.watch { inotify.end(old.watch) }
        }
    }

    private static func replace(
        _ old: Target?, with path: String, awaiting name: String?, kinds: InotifyEvent.Kinds, on inotify: Inotify
    ) -> Target? {
        // Added before the old one ends: for the same inode the kernel gives the same watch again.
        let watch = try? inotify.watch(directory: path, for: kinds)
        if let old, old.watch != watch { inotify.end(old.watch) }
        return watch.map { Target(watch: $0, awaited: name) }
    }

    /// The nearest directory above the path that exists, and the next name on the way down.
    private static func nearestAncestor(of path: String) -> (path: String, awaited: String) {
        var below = path
        while true {
            let above = HostFiles.parent(of: below)
            if above == below || (try? HostFiles.attributes(above))??.kind == .directory {
                return (above, HostFiles.name(of: below))
            }
            below = above
        }
    }
}
