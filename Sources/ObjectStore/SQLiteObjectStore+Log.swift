/// A row of the log that is the newest of its key.
struct LogRow {
    var key: String
    var revision: Int64
    var value: [UInt8]
}

extension StoreEvent.Kind {
    /// As it is stored; never change these.
    fileprivate var number: Int64 {
        switch self {
        case .created: 0
        case .updated: 1
        case .deleted: 2
        }
    }

    fileprivate init(number: Int64) {
        self = number == 0 ? .created : number == 1 ? .updated : .deleted
    }
}

extension SQLiteObjectStore {
    /// The newest row of a key, unless it is a removal.
    func newest(_ key: String) throws -> LogRow? {
        let sql = "SELECT revision, kind, value FROM log WHERE key = ?1 ORDER BY revision DESC LIMIT 1"
        return try database().query(sql, [.text(key)]) { row -> LogRow? in
            guard StoreEvent.Kind(number: row.integer(1)) != .deleted else { return nil }
            return LogRow(key: key, revision: row.integer(0), value: row.blob(2) ?? [])
        }.first ?? nil
    }

    /// The newest row of a key, if it has one at the expected revision.
    func newest(_ key: String, expected: Int64?, operation: String) throws -> LogRow {
        guard let current = try newest(key) else {
            throw ObjectStoreError(.notFound, "cannot \(operation) \(key): it does not exist")
        }
        if let expected, expected != current.revision {
            throw ObjectStoreError(
                .conflict, "cannot \(operation) \(key): it is at revision \(current.revision), not \(expected)")
        }
        return current
    }

    /// Adds a row to the log and tells the watches.
    func write(
        _ key: String, _ value: [UInt8], kind: StoreEvent.Kind, previous: LogRow?, _ options: WriteOptions
    ) throws -> StoredObject {
        try require(options.durability)
        let expires = options.lifetime.map { configuration.now() + $0 }
        let event = try append(key, value, kind: kind, previous: previous, expires: expires)
        latest = event.revision
        if let expires { nextExpiry = min(nextExpiry ?? expires, expires) }
        feed.publish([event])
        try compactIfDue()
        return StoredObject(key: key, value: event.value, revision: event.revision)
    }

    private func append(
        _ key: String, _ value: [UInt8], kind: StoreEvent.Kind, previous: LogRow?, expires: Int64?,
        revision: Int64? = nil
    ) throws -> StoreEvent {
        let revision = revision ?? latest + 1
        let stamped = configuration.stamp(value, revision)
        try database().run(
            "INSERT INTO log (revision, key, kind, previous, expires, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [
                .integer(revision), .text(key), .integer(kind.number), SQLiteValue(previous?.revision),
                SQLiteValue(expires), .blob(stamped),
            ])
        return StoreEvent(kind: kind, key: key, value: stamped, previous: previous?.value, revision: revision)
    }
}

// MARK: - Reading

extension SQLiteObjectStore {
    /// The newest rows of a range of keys as of a revision. Removals count as rows, and are filtered by the caller.
    private static let snapshot = """
        FROM (SELECT key, MAX(revision) AS revision FROM log
              WHERE key >= ?1 AND key < ?2 AND revision <= ?3 GROUP BY key) AS newest
        JOIN log ON log.revision = newest.revision WHERE log.kind < 2
        """
    private static let page = "SELECT newest.key, log.revision, log.value \(snapshot) ORDER BY newest.key LIMIT ?4"
    private static let count = "SELECT COUNT(*) \(snapshot)"
    private static let logPageLength = 64

    package func list(_ query: ListQuery) throws -> ObjectPage {
        try removeExpired()
        let revision = query.revision ?? latest
        try checkAvailable(revision)
        // No key holds the first or the last code point, so these bounds are just behind a key and behind a prefix.
        let lower = query.after.map { $0 + "\u{1}" } ?? query.prefix
        let upper = query.prefix + "\u{10FFFF}"
        let limit = query.limit > 0 ? Int64(query.limit) : -1
        let objects = try database().query(
            Self.page, [.text(lower), .text(upper), .integer(revision), .integer(limit)]
        ) { StoredObject(key: $0.text(0), value: $0.blob(2) ?? [], revision: $0.integer(1)) }
        var remaining = 0
        if objects.count == query.limit, let last = objects.last {
            let values: [SQLiteValue] = [.text(last.key + "\u{1}"), .text(upper), .integer(revision)]
            remaining = Int(try database().query(Self.count, values) { $0.integer(0) }.first ?? 0)
        }
        return ObjectPage(objects: objects, revision: revision, remaining: remaining)
    }

    /// What the log tells of a prefix after a revision.
    func logged(prefix: String, after position: Int64) throws -> WatchBatch {
        try checkAvailable(position)
        // The plus signs keep SQLite from walking the keys, which are in the wrong order.
        let sql = """
            SELECT revision, key, kind, value, (SELECT value FROM log AS old WHERE old.revision = log.previous)
            FROM log WHERE revision > ?1 AND +key >= ?2 AND +key < ?3 ORDER BY revision LIMIT \(Self.logPageLength)
            """
        let values: [SQLiteValue] = [.integer(position), .text(prefix), .text(prefix + "\u{10FFFF}")]
        let events = try database().query(sql, values) { row in
            StoreEvent(
                kind: StoreEvent.Kind(number: row.integer(2)), key: row.text(1), value: row.blob(3) ?? [],
                previous: row.blob(4), revision: row.integer(0))
        }
        let isComplete = events.count < Self.logPageLength
        return WatchBatch(events: events, revision: isComplete ? latest : events.last?.revision ?? latest)
    }

    func checkAvailable(_ revision: Int64) throws {
        guard revision >= compacted else {
            throw ObjectStoreError(.expired, "cannot go back to revision \(revision): the oldest is \(compacted)")
        }
        guard revision <= latest else {
            throw ObjectStoreError(.expired, "cannot go to revision \(revision): the newest is \(latest)")
        }
    }
}

// MARK: - Forgetting

extension SQLiteObjectStore {
    /// How many objects may expire in one transaction.
    private static let expiryLimit = 500

    /// Drops history that is too old, once a quarter more than must be kept has come together.
    private func compactIfDue() throws {
        let history = configuration.history
        guard latest - compacted > history + history / 4 else { return }
        let target = latest - history
        try require(.process)
        let connection = try database()
        try connection.transaction {
            // A row is history as soon as a row at or before the target has taken its place.
            let range: [SQLiteValue] = [.integer(compacted), .integer(target)]
            try connection.run(
                """
                DELETE FROM log WHERE revision IN
                    (SELECT previous FROM log WHERE revision > ?1 AND revision <= ?2 AND previous IS NOT NULL)
                """, range)
            try connection.run("DELETE FROM log WHERE revision > ?1 AND revision <= ?2 AND kind = 2", range)
            try connection.run("UPDATE compaction SET revision = ?1", [.integer(target)])
        }
        compacted = target
    }

    /// Removes the objects whose lifetime is over. Costs nothing while there are none.
    func removeExpired() throws {
        let now = configuration.now()
        while let nextExpiry, nextExpiry <= now {
            let events = try removeExpired(now)
            if let last = events.last { latest = last.revision }
            feed.publish(events)
            if events.count < Self.expiryLimit { try scheduleExpiry(after: now) }
        }
    }

    private func removeExpired(_ now: Int64) throws -> [StoreEvent] {
        let sql = """
            SELECT key, revision, value FROM log WHERE expires <= ?1
                AND revision = (SELECT MAX(revision) FROM log AS newer WHERE newer.key = log.key)
            LIMIT \(Self.expiryLimit)
            """
        try require(.process)
        let connection = try database()
        return try connection.transaction {
            let rows = try connection.query(sql, [.integer(now)]) {
                LogRow(key: $0.text(0), revision: $0.integer(1), value: $0.blob(2) ?? [])
            }
            var revision = latest
            return try rows.map { row in
                revision += 1
                return try append(
                    row.key, row.value, kind: .deleted, previous: row, expires: nil, revision: revision)
            }
        }
    }

    /// Looks up when the next lifetime ends.
    func scheduleExpiry(after now: Int64) throws {
        let sql = "SELECT MIN(expires) FROM log WHERE expires > ?1"
        let next = try database().query(sql, [.integer(now)]) { $0.integer(0) }.first ?? 0
        nextExpiry = next > 0 ? next : nil
    }
}
