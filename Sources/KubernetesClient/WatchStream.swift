import AsyncHTTPClient
import KubernetesAPI
import NIOCore
package import StructuredData

/// One line of a watch.
package struct WatchEvent: Sendable {
    package enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
        /// Nothing changed; only the version from which to go on is told.
        case bookmark = "BOOKMARK"
    }

    package var kind: Kind
    package var object: JSONValue
    /// From where a later watch goes on.
    package var resourceVersion: String
}

/// The changes of a collection. It ends when the server ends the watch, and throws `KubernetesClientError` when the
/// server reports an error in it (`isExpired`: list again) or the connection breaks. Leaving it closes the connection.
package struct WatchStream: AsyncSequence, Sendable {
    let body: HTTPClientResponse.Body
    let operation: String

    package func makeAsyncIterator() -> Iterator {
        Iterator(body: body.makeAsyncIterator(), operation: operation)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var body: HTTPClientResponse.Body.AsyncIterator
        private let operation: String
        private var lines = LineSplitter()

        init(body: HTTPClientResponse.Body.AsyncIterator, operation: String) {
            self.body = body
            self.operation = operation
        }

        package mutating func next() async throws -> WatchEvent? {
            while true {
                if let line = lines.next() { return try event(line) }
                guard let chunk = try await read() else { return nil }
                guard lines.append(chunk.readableBytesView) else {
                    throw KubernetesClientError(.unexpectedAnswer, "cannot \(operation): a line is too long")
                }
            }
        }

        private mutating func read() async throws -> ByteBuffer? {
            do {
                let chunk = try await body.next()
                if chunk == nil { try Task.checkCancellation() }
                return chunk
            } catch {
                throw KubernetesClient.translate(error, operation: operation, server: "connection lost")
            }
        }

        private func event(_ line: [UInt8]) throws -> WatchEvent {
            guard let value = try? JSONValue(parsing: line), let type = value["type"]?.stringValue,
                let object = value["object"]
            else { throw KubernetesClientError(.unexpectedAnswer, "cannot \(operation): a line is not a watch event") }
            if type == "ERROR" {
                let status = Status.decode(object).value
                throw KubernetesClientError(.refused, "cannot \(operation): \(status.message)", status: status)
            }
            guard let kind = WatchEvent.Kind(rawValue: type) else {
                throw KubernetesClientError(.unexpectedAnswer, "cannot \(operation): unknown event type \(type)")
            }
            let version = object.value(at: "metadata", "resourceVersion")?.stringValue ?? ""
            return WatchEvent(kind: kind, object: object, resourceVersion: version)
        }
    }
}

/// Cuts bytes into lines.
struct LineSplitter {
    /// A line of an object at the size limit of etcd, and then some.
    static let limit = 16 << 20

    private var pending: [UInt8] = []
    private var searched = 0

    /// Adds bytes. Returns `false` when a line gets too long.
    mutating func append(_ bytes: some Sequence<UInt8>) -> Bool {
        pending.append(contentsOf: bytes)
        return pending.count <= Self.limit
    }

    /// The next complete line that isn't empty, without its end.
    mutating func next() -> [UInt8]? {
        while let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(pending[..<end])
            pending.removeSubrange(...end)
            searched = 0
            if !line.isEmpty { return line }
        }
        searched = pending.count
        return nil
    }
}
