import KubernetesAPI
import Synchronization

/// Decides whether a request may go on, and remembers the API server's answers for a while.
final class KubeletAuthorizer: Sendable {
    private struct Answer {
        let isAllowed: Bool
        let from: Timestamp
        let expiry: Timestamp

        /// Not either when the clock was set back.
        func holds(at time: Timestamp) -> Bool { from <= time && time < expiry }
    }

    /// Answers that are remembered at most. Who has that many names is better asked for anew.
    private static let capacity = 4_096

    private let mode: KubeletAuthorizationMode
    private let now: @Sendable () -> Timestamp
    private let answers = Mutex<[NodeAccess: Answer]>([:])

    init(_ mode: KubeletAuthorizationMode, now: @escaping @Sendable () -> Timestamp) {
        self.mode = mode
        self.now = now
    }

    /// - Throws: what the reviewer throws.
    func isAllowed(_ access: NodeAccess) async throws -> Bool {
        guard case .webhook(let reviewer, let allowedFor, let deniedFor) = mode else { return true }
        let known = answers.withLock { $0[access] }
        if let known, known.holds(at: now()) { return known.isAllowed }
        let isAllowed = try await reviewer.isAllowed(access)
        let time = now()
        let answer = Answer(
            isAllowed: isAllowed, from: time, expiry: time.adding(isAllowed ? allowedFor : deniedFor))
        answers.withLock { answers in
            if answers.count >= Self.capacity { answers = answers.filter { $0.value.holds(at: time) } }
            if answers.count >= Self.capacity { answers = [:] }
            answers[access] = answer
        }
        return isAllowed
    }
}
