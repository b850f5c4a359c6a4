import Kubelet

/// Requests of hooks, answered by nobody else.
final class RecordedRequests: HookRequests {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var requests: [HTTPGetRequest] = []
        var refusal: Refusal?
        var speaksPlainHTTP = false
    }

    private let state = Watched(State())

    var all: [HTTPGetRequest] { state.value.requests }

    /// Has every request fail.
    func refuse(_ reason: String) { state.update { $0.refusal = Refusal(description: reason) } }

    /// Has HTTPS be answered over HTTP.
    func speakPlainHTTP() { state.update { $0.speaksPlainHTTP = true } }

    func send(_ request: HTTPGetRequest) async throws -> Bool {
        try state.update { state in
            state.requests.append(request)
            if let refusal = state.refusal { throw refusal }
            return request.isHTTPS && state.speaksPlainHTTP
        }
    }
}
