import Glibc

/// The number that inotify gave a watched inode; never used twice by one `Inotify`.
package struct InotifyWatch: Sendable, Hashable {
    let number: Int32
}

/// One thing that happened in a watched directory, or to the watch itself.
package struct InotifyEvent: Sendable, Hashable {
    /// What happened, or what to listen for.
    package struct Kinds: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        private init(_ constant: Int32) { rawValue = UInt32(bitPattern: constant) }

        /// A name appeared other than by renaming: a file that is still empty, a link, a directory.
        package static let created = Kinds(IN_CREATE)
        /// A file that was open for writing was closed.
        package static let closedAfterWriting = Kinds(IN_CLOSE_WRITE)
        /// Bytes were written to a file, or it was truncated.
        package static let modified = Kinds(IN_MODIFY)
        package static let movedIn = Kinds(IN_MOVED_TO)
        package static let movedAway = Kinds(IN_MOVED_FROM)
        package static let deleted = Kinds(IN_DELETE)
        /// Mode, owner, times or link count changed.
        package static let attributesChanged = Kinds(IN_ATTRIB)
        /// The watched directory itself was deleted.
        package static let selfDeleted = Kinds(IN_DELETE_SELF)
        /// The watched directory itself was renamed; the watch stays on it.
        package static let selfMoved = Kinds(IN_MOVE_SELF)
        /// The file system that holds the watched directory was unmounted. Comes without being asked for.
        package static let unmounted = Kinds(IN_UNMOUNT)
        /// The kernel dropped events; everything may have changed. Comes once, without being asked for.
        package static let overflow = Kinds(IN_Q_OVERFLOW)
        /// The watch ended. Comes without being asked for.
        package static let watchEnded = Kinds(IN_IGNORED)
    }

    /// The watch it comes from; of no meaning for an overflow.
    package let watch: InotifyWatch
    package let kinds: Kinds
    /// The same non-zero number in both halves of one rename.
    package let cookie: UInt32
    /// The name within the watched directory; empty for what concerns the directory itself.
    package let name: String

    package init(watch: InotifyWatch, kinds: Kinds, cookie: UInt32 = 0, name: String = "") {
        self.watch = watch
        self.kinds = kinds
        self.cookie = cookie
        self.name = name
    }
}
