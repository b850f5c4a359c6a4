import HTTPServing
import NIOHTTP1

/// `/healthz` and its checks, in the form of upstream's `healthz` package.
struct HealthEndpoint: Sendable {
    /// The plain port's: it tells that the kubelet answers, and nothing else, for watchdogs restart what fails it, and
    /// a restart doesn't mend a runtime that is down.
    static let liveness = HealthEndpoint(checks: ["ping"], syncLoopProblem: { nil })

    private let checks: [String]
    private let syncLoopProblem: @Sendable () async -> String?

    /// - Parameter syncLoopProblem: what is wrong with the kubelet; `nil` for nothing.
    init(syncLoopProblem: @escaping @Sendable () async -> String?) {
        self.init(checks: ["ping", "log", "syncloop"], syncLoopProblem: syncLoopProblem)
    }

    private init(checks: [String], syncLoopProblem: @escaping @Sendable () async -> String?) {
        self.checks = checks
        self.syncLoopProblem = syncLoopProblem
    }

    /// Answers a request to a port that has nothing but health.
    func response(to request: HTTPServerRequest) async -> HTTPServerResponse {
        guard case .healthz(let check) = KubeletRoute(request.pathSegments) else {
            return .text(.notFound, "404 page not found\n")
        }
        return await response(check: check, query: request.query)
    }

    /// - Parameter check: one check's name; `nil` for all.
    func response(check: String?, query: QueryParameters) async -> HTTPServerResponse {
        if let check, !checks.contains(check) { return .text(.notFound, "404: Page Not Found") }
        let chosen = check.map { [$0] } ?? checks
        let excluded = query.values("exclude")
        var report = ""
        var isHealthy = true
        for name in chosen where check != nil || !excluded.contains(name) {
            let problem = name == "syncloop" ? await syncLoopProblem() : nil
            if let problem {
                isHealthy = false
                report += "[-]\(name) failed: \(problem)\n"
            } else {
                report += "[+]\(name) ok\n"
            }
        }
        if isHealthy {
            return .text(.ok, query.contains("verbose") ? report + "healthz check passed\n" : "ok")
        }
        return .text(.internalServerError, report + "healthz check failed\n")
    }
}
