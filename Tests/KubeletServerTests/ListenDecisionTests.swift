import HTTPServing
import Testing

@testable import KubeletServer

@Suite struct ListenDecisionTests {
    private func decide(_ host: String, standalone: Bool, clientCA: Bool) -> ListenDecision {
        ListenDecision(
            configured: ListenAddress(host: host, port: 10_250), isStandalone: standalone, hasClientCA: clientCA)
    }

    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1"), ("10.0.0.7", "127.0.0.1"), ("::", "::1"), ("node", "127.0.0.1"),
        ("127.0.0.1.example", "127.0.0.1"), ("", "127.0.0.1"),
    ])
    func standaloneWithoutClientCAStaysOnTheMachine(host: String, expected: String) {
        let decision = decide(host, standalone: true, clientCA: false)
        #expect(decision == .loopbackOnly(ListenAddress(host: expected, port: 10_250)))
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    func aLoopbackAddressIsKept(host: String) {
        #expect(
            decide(host, standalone: true, clientCA: false) == .asConfigured(ListenAddress(host: host, port: 10_250)))
    }

    @Test(arguments: [(true, true), (false, false), (false, true)])
    func whoCanTellClientsApartListensAsConfigured(standalone: Bool, clientCA: Bool) {
        let expected = ListenAddress(host: "0.0.0.0", port: 10_250)
        #expect(decide("0.0.0.0", standalone: standalone, clientCA: clientCA) == .asConfigured(expected))
    }
}
