/// Objects by key, each write numbered by one counter that all keys share.
///
/// Every call is atomic. Revisions grow with each write, are never used twice and survive restarts. A write has
/// reached the disk's safety as `WriteDurability` promises when the call returns. A cancelled call may still have
/// taken effect.
package protocol ObjectStore: Sendable {
    /// The revision of the newest write; 0 when there was none.
    var currentRevision: Int64 { get async throws }

    /// The object of that key, or `nil`.
    func get(_ key: String) async throws -> StoredObject?

    /// Stores an object under a key that has none.
    /// - Throws: `ObjectStoreError` with code `alreadyExists`.
    func create(_ key: String, value: [UInt8], options: WriteOptions) async throws -> StoredObject

    /// Replaces an object that is still at the expected revision.
    /// - Throws: `ObjectStoreError` with code `notFound` or `conflict`.
    func update(_ key: String, value: [UInt8], expected: Int64, options: WriteOptions) async throws -> StoredObject

    /// Removes an object.
    /// - Parameter expected: the revision it must still be at; `nil` removes it whatever it is at.
    /// - Returns: the object as it last was, at the revision of its removal.
    /// - Throws: `ObjectStoreError` with code `notFound` or `conflict`.
    func delete(_ key: String, expected: Int64?, options: WriteOptions) async throws -> StoredObject

    /// Objects sorted by key, all as they were at one revision.
    /// - Throws: `ObjectStoreError` with code `expired` when the query names a revision that is compacted.
    func list(_ query: ListQuery) async throws -> ObjectPage

    /// What happens to the keys with that prefix after a revision, in order and without a gap.
    ///
    /// The sequence holds no events for its reader: one that falls further behind than the store remembers gets
    /// `expired` and must list again.
    /// - Throws: `ObjectStoreError` with code `expired` when the revision is compacted or was never reached.
    func watch(prefix: String, after revision: Int64) async throws -> ObjectWatch
}

/// One object at one revision.
package struct StoredObject: Sendable, Hashable {
    package var key: String
    package var value: [UInt8]
    /// The revision of the write that made this value.
    package var revision: Int64

    package init(key: String, value: [UInt8], revision: Int64) {
        self.key = key
        self.value = value
        self.revision = revision
    }
}

/// What a write outlives.
package enum WriteDurability: Sendable, Hashable {
    /// The end of the process and the loss of power.
    case power
    /// The end of the process; the last seconds may be lost with the power. For what is soon renewed or worthless.
    case process
}

/// How a write is done.
package struct WriteOptions: Sendable, Hashable {
    package var durability: WriteDurability
    /// Seconds after which the object is removed; `nil` keeps it.
    package var lifetime: Int64?

    package init(durability: WriteDurability = .power, lifetime: Int64? = nil) {
        self.durability = durability
        self.lifetime = lifetime
    }
}

/// Which objects to list.
package struct ListQuery: Sendable, Hashable {
    package var prefix: String
    /// Only keys behind this one; where the page before ended.
    package var after: String?
    /// At most so many objects; 0 for all.
    package var limit: Int
    /// As they were at this revision; `nil` for the newest.
    package var revision: Int64?

    package init(prefix: String, after: String? = nil, limit: Int = 0, revision: Int64? = nil) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
        self.revision = revision
    }
}

/// A part of a list.
package struct ObjectPage: Sendable, Hashable {
    package var objects: [StoredObject]
    /// The revision that the list shows.
    package var revision: Int64
    /// How many objects follow behind the last one.
    package var remaining: Int
}

/// What one write did.
package struct StoreEvent: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case created, updated, deleted
    }

    package var kind: Kind
    package var key: String
    /// The object after the write; of a deleted one its last state, stamped with the revision of the removal.
    package var value: [UInt8]
    /// The object before the write; `nil` for a created one.
    package var previous: [UInt8]?
    package var revision: Int64
}
