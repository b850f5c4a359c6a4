import PodLifecycle

@testable import Kubelet

/// Probes over the network, answered as the test says.
final class RecordedProbes: ProbeRequests {
    private struct State {
        var asked: [String] = []
        var answers: [String: ProbeOutcome] = [:]
    }

    private let state = Watched(State())

    /// What was asked so far, such as `GET http://10.88.0.2:80/live`.
    var asked: [String] { state.value.asked }

    /// Has questions be answered that begin with these words; others succeed.
    func answer(_ question: String, _ outcome: ProbeOutcome) { state.update { $0.answers[question] = outcome } }

    func wait(for question: String, times: Int = 1) async throws {
        try await state.wait { $0.asked.count { $0.hasPrefix(question) } >= times }
    }

    func count(of question: String) -> Int { asked.count { $0.hasPrefix(question) } }

    func get(_ request: HTTPGetRequest, timeout: Duration) async -> ProbeOutcome { take("GET \(request.url)") }

    func connect(to host: String, port: Int32, timeout: Duration) async -> ProbeOutcome {
        take("connect \(host) \(port)")
    }

    func checkHealth(of service: String, at host: String, port: Int32, timeout: Duration) async -> ProbeOutcome {
        take("grpc \(host) \(port) \(service)")
    }

    private func take(_ question: String) -> ProbeOutcome {
        state.update { state in
            state.asked.append(question)
            return state.answers.first { question.hasPrefix($0.key) }?.value ?? ProbeOutcome(.success)
        }
    }
}
