/// The members of a JSON object in their order; equality and hashing do not look at the order.
///
/// One array and linear search: API objects have few members, and a dictionary per object would cost
/// several times the memory.
package struct JSONObject: Sendable {
    package struct Member: Sendable, Hashable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The members in order, with no key twice.
    package private(set) var members: [Member]

    package init() {
        members = []
    }

    /// Of members with the same key the last value is kept, at the place of the first.
    package init(_ members: [Member]) {
        self.members = members
        removeDuplicates()
    }

    /// Members sorted by key, as a Go map is encoded.
    package init(sorting dictionary: [String: JSONValue]) {
        members = dictionary.map { Member(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: [String] { members.map(\.key) }

    /// The value of that key; a new key goes to the end, nil removes.
    package subscript(key: String) -> JSONValue? {
        get {
            for member in members where member.key == key { return member.value }
            return nil
        }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    package func contains(_ key: String) -> Bool {
        members.contains { $0.key == key }
    }

    /// Adds a member whose key the caller knows to be new, without searching for it.
    package mutating func append(uniqueKey key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
    }

    private mutating func removeDuplicates() {
        guard hasDuplicates else { return }
        var positions: [String: Int] = [:]
        var unique: [Member] = []
        for member in members {
            if let position = positions[member.key] {
                unique[position].value = member.value
            } else {
                positions[member.key] = unique.count
                unique.append(member)
            }
        }
        members = unique
    }

    private var hasDuplicates: Bool {
        if members.count > 16 {
            return Set(members.lazy.map(\.key)).count != members.count
        }
        for (index, member) in members.enumerated() {
            for other in members[..<index] where other.key == member.key { return true }
        }
        return false
    }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.members.count == right.members.count else { return false }
        if left.members.elementsEqual(right.members) { return true }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        // Only keys, and in a way that no order shows in: equal objects must hash equally.
        hasher.combine(members.reduce(0) { $0 ^ $1.key.hashValue })
    }
}

extension JSONObject: RandomAccessCollection {
    package var startIndex: Int { members.startIndex }
    package var endIndex: Int { members.endIndex }

    package subscript(position: Int) -> (key: String, value: JSONValue) {
        (members[position].key, members[position].value)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
