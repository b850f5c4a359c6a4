/// What a watch has come to know at once.
package struct WatchBatch: Sendable, Hashable {
    /// In the order of their revisions; empty when the batch only tells how far time went on.
    package var events: [StoreEvent]
    /// Everything up to this revision has been seen.
    package var revision: Int64
}

/// The events of a key prefix, in batches. Ends only by throwing, or by the cancellation of its reader.
package struct ObjectWatch: AsyncSequence, Sendable {
    let prefix: String
    let start: Int64
    let feed: WatchFeed
    let log: @Sendable (_ prefix: String, _ position: Int64) async throws -> WatchBatch

    package func makeAsyncIterator() -> Iterator {
        Iterator(watch: self, position: start, reported: start)
    }

    package struct Iterator: AsyncIteratorProtocol {
        let watch: ObjectWatch
        /// Everything up to here was read.
        var position: Int64
        /// Everything up to here was returned.
        var reported: Int64

        /// - Throws: `ObjectStoreError` with code `expired` when the reader is too slow, `CancellationError`.
        package mutating func next() async throws -> WatchBatch? {
            while true {
                try Task.checkCancellation()
                switch watch.feed.lookup(prefix: watch.prefix, after: position) {
                case .ended(let error): throw error
                case .nothing: await watch.feed.wait(prefix: watch.prefix, after: position)
                case .behind:
                    if let batch = report(try await watch.log(watch.prefix, position)) { return batch }
                case .batch(let batch):
                    if let batch = report(batch) { return batch }
                }
            }
        }

        /// Moves on, and returns the batch if it is worth telling.
        private mutating func report(_ batch: WatchBatch) -> WatchBatch? {
            position = batch.revision
            guard !batch.events.isEmpty || position - reported >= WatchFeed.progressInterval else { return nil }
            reported = position
            return batch
        }
    }
}
