import Glibc

/// Objects in one SQLite file: a log of all writes whose row ids are the revisions, an idea of kine's.
///
/// The newest row of a key is its object; older rows are the history that lists at a revision and late watches read,
/// until compaction drops them. The file is opened exclusively, in WAL mode: what SQLite acknowledged is with the
/// kernel, so that a SIGKILL loses nothing; writes with `WriteDurability.power` are synced to the disk as well.
package actor SQLiteObjectStore: ObjectStore {
    package struct Configuration: Sendable {
        /// The file, or `:memory:`. It and what SQLite puts beside it get mode 0600.
        package var path: String
        /// How many of the newest writes watches and lists can go back at least.
        package var history: Int64 = 2_000
        /// Writes a revision into a value that is about to be stored.
        package var stamp: @Sendable (_ value: [UInt8], _ revision: Int64) -> [UInt8] = { value, _ in value }
        /// Seconds since 1970, for lifetimes.
        package var now: @Sendable () -> Int64 = { Int64(time(nil)) }

        package init(path: String) { self.path = path }
    }

    let configuration: Configuration
    private let thread: DatabaseThread
    private var connection: SQLiteConnection?
    private var durability: WriteDurability?
    var feed = WatchFeed(latest: 0)
    var latest: Int64 = 0
    /// Lists and watches can't go back behind this revision.
    var compacted: Int64 = 0
    /// When the first object's lifetime ends, in seconds since 1970.
    var nextExpiry: Int64?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(_ configuration: Configuration) throws {
        self.configuration = configuration
        thread = try DatabaseThread()
    }

    deinit { thread.stop() }

    /// Opens the file, or makes it.
    /// - Throws: `ObjectStoreError` with code `locked`, `unusable` or `failed`.
    package static func open(_ configuration: Configuration) async throws -> SQLiteObjectStore {
        let store = try SQLiteObjectStore(configuration)
        try await store.open()
        return store
    }

    /// Ends all watches and closes the file; every call after this fails.
    package func close() {
        feed.end(ObjectStoreError(.failed, "cannot use database \(configuration.path): it is closed"))
        connection = nil
    }

    package var currentRevision: Int64 {
        get throws {
            try removeExpired()
            return latest
        }
    }

    package func get(_ key: String) throws -> StoredObject? {
        try removeExpired()
        return try newest(key).map { StoredObject(key: key, value: $0.value, revision: $0.revision) }
    }

    package func create(_ key: String, value: [UInt8], options: WriteOptions) throws -> StoredObject {
        try removeExpired()
        guard try newest(key) == nil else {
            throw ObjectStoreError(.alreadyExists, "cannot create \(key): it exists already")
        }
        return try write(key, value, kind: .created, previous: nil, options)
    }

    package func update(
        _ key: String, value: [UInt8], expected: Int64, options: WriteOptions
    ) throws -> StoredObject {
        try removeExpired()
        let current = try newest(key, expected: expected, operation: "update")
        return try write(key, value, kind: .updated, previous: current, options)
    }

    package func delete(_ key: String, expected: Int64?, options: WriteOptions) throws -> StoredObject {
        try removeExpired()
        let current = try newest(key, expected: expected, operation: "delete")
        var options = options
        options.lifetime = nil
        return try write(key, current.value, kind: .deleted, previous: current, options)
    }

    package func watch(prefix: String, after revision: Int64) throws -> ObjectWatch {
        try removeExpired()
        try checkAvailable(revision)
        return ObjectWatch(prefix: prefix, start: revision, feed: feed) { prefix, position in
            try await self.logged(prefix: prefix, after: position)
        }
    }
}

// MARK: - The file

extension SQLiteObjectStore {
    private static let schemaVersion: Int64 = 1

    private static let schema = """
        CREATE TABLE log (
            revision INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, kind INTEGER NOT NULL,
            previous INTEGER, expires INTEGER, value BLOB NOT NULL);
        CREATE INDEX log_by_key ON log (key, revision);
        CREATE INDEX log_by_expiry ON log (expires) WHERE expires IS NOT NULL;
        CREATE TABLE compaction (revision INTEGER NOT NULL);
        INSERT INTO compaction VALUES (0);
        PRAGMA user_version = 1;
        """

    func database() throws -> SQLiteConnection {
        guard let connection else {
            throw ObjectStoreError(.failed, "cannot use database \(configuration.path): it is closed")
        }
        return connection
    }

    private func open() throws {
        if configuration.path != ":memory:" { try Self.protectFiles(configuration.path) }
        let connection = try SQLiteConnection(path: configuration.path)
        // Exclusive locking keeps a second server out, and the index of the WAL in memory instead of a shared file.
        try connection.execute(
            """
            PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA cache_size = -1024;
            PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;
            """)
        let version = try connection.query("PRAGMA user_version") { $0.integer(0) }.first ?? 0
        switch version {
        case 0: try connection.transaction { try connection.execute(Self.schema) }
        case Self.schemaVersion: break
        default:
            throw ObjectStoreError(
                .unusable, "cannot use database \(configuration.path): a newer version wrote it (\(version))")
        }
        // A read alone would leave the lock shared until the first write.
        try connection.transaction { try connection.run("UPDATE compaction SET revision = revision") }
        self.connection = connection
        latest = try connection.query("SELECT seq FROM sqlite_sequence WHERE name = 'log'") { $0.integer(0) }.first ?? 0
        compacted = try connection.query("SELECT revision FROM compaction") { $0.integer(0) }.first ?? 0
        feed = WatchFeed(latest: latest)
        try scheduleExpiry(after: .min)
        try removeExpired()
    }

    /// Makes the file before SQLite does, for SQLite goes by the umask; what it puts beside it gets the file's mode.
    private static func protectFiles(_ path: String) throws {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw ObjectStoreError(.failed, "cannot open database \(path): \(String(cString: strerror(errno)))")
        }
        let isProtected = fchmod(file, 0o600) == 0
        Glibc.close(file)
        for name in [path + "-wal", path + "-shm"] where access(name, F_OK) == 0 { chmod(name, 0o600) }
        guard isProtected else {
            throw ObjectStoreError(
                .failed, "cannot set the mode of database \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Makes commits wait for the disk or not. May not be called inside of a transaction.
    func require(_ durability: WriteDurability) throws {
        guard durability != self.durability else { return }
        try database().execute(durability == .power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        self.durability = durability
    }
}
