import HTTPServing
import NIOHTTP1
import Testing

@testable import KubeletServer

@Suite struct HealthEndpointTests {
    private func answer(_ check: String? = nil, query: String = "", problem: String? = nil) async -> (UInt, String) {
        let response = await HealthEndpoint { problem }
            .response(check: check, query: QueryParameters(parsing: Substring(query)))
        guard case .full(let status, _, let body) = response else { return (0, "") }
        return (status.code, String(decoding: body, as: UTF8.self))
    }

    @Test func aHealthyKubeletSaysSoInOneWord() async {
        #expect(await answer() == (200, "ok"))
        #expect(await answer("log") == (200, "ok"))
        #expect(await answer("nothing").0 == 404)
    }

    @Test func theChecksCanBeSeen() async {
        let expected = "[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n"
        #expect(await answer(query: "verbose") == (200, expected))
    }

    @Test func aProblemIsNamed() async {
        let report = "[+]ping ok\n[+]log ok\n[-]syncloop failed: no runtime\nhealthz check failed\n"
        #expect(await answer(problem: "no runtime") == (500, report))
        #expect(await answer("syncloop", problem: "no runtime").0 == 500)
        #expect(await answer("ping", problem: "no runtime") == (200, "ok"))
        #expect(await answer(query: "exclude=syncloop", problem: "no runtime") == (200, "ok"))
    }
}
