import HTTPServing
import KubernetesAPI
import Synchronization
import Testing

@testable import KubeletServer

/// Answers from a table, counts, and fails when told to.
final class FakeReviewer: SubjectAccessReviewer {
    struct Unreachable: Error {}

    private let allowed: Set<String>
    private let state = Mutex<(asked: [NodeAccess], fails: Bool)>(([], false))

    /// - Parameter allowed: `USER VERB SUBRESOURCE`.
    init(_ allowed: Set<String>) { self.allowed = allowed }

    var asked: [NodeAccess] { state.withLock { $0.asked } }

    func setFails(_ fails: Bool) { state.withLock { $0.fails = fails } }

    func isAllowed(_ access: NodeAccess) async throws -> Bool {
        let fails = state.withLock { state in
            state.asked.append(access)
            return state.fails
        }
        if fails { throw Unreachable() }
        return allowed.contains("\(access.user.name) \(access.verb) \(access.subresource)")
    }
}

/// A time that a test moves.
final class TestTime: Sendable {
    private let seconds = Mutex<Int64>(1_000)

    func now() -> Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }

    func advance(_ delta: Int64) { seconds.withLock { $0 += delta } }
}

@Suite struct KubeletAccessTests {
    private let alice = KubeletUser(name: "alice", groups: ["ops", "system:authenticated"])

    @Test(arguments: [
        ("/stats/summary", ["stats"]), ("/metrics", ["metrics"]), ("/metrics/cadvisor", ["metrics"]),
        ("/logs/syslog", ["log"]), ("/checkpoint/a/b/c", ["checkpoint"]), ("/pods", ["pods", "proxy"]),
        ("/runningpods/", ["pods", "proxy"]), ("/healthz", ["healthz", "proxy"]),
        ("/healthz/ping", ["healthz", "proxy"]), ("/configz", ["configz", "proxy"]), ("/exec/a/b/c", ["proxy"]),
        ("/statsx", ["proxy"]), ("/", ["proxy"]), ("//exec/a/b/c", ["proxy"]), ("/%65xec/a/b/c", ["proxy"]),
        ("/%2Fstats/a", ["proxy"]),
    ])
    func everyPathNeedsItsSubresource(path: String, expected: [String]) throws {
        let request = try HTTPServerRequest(method: "GET", uri: path)
        #expect(NodeAccess.subresources(forRoot: request.pathSegments.first ?? "") == expected)
    }

    @Test(arguments: [
        ("GET", "get"), ("POST", "create"), ("PUT", "update"), ("PATCH", "patch"), ("DELETE", "delete"),
        ("HEAD", ""),
    ])
    func methodsAreVerbs(method: String, verb: String) {
        #expect(NodeAccess.verb(for: method) == verb)
    }

    @Test func certificatesNameUserAndGroups() {
        let authenticator = KubeletAuthenticator(allowsAnonymous: false)
        let certificate = PeerIdentity.ClientCertificate(commonName: "alice", organizations: ["ops"])
        #expect(authenticator.user(of: PeerIdentity(certificate: .verified(certificate))) == alice)
        let nameless = PeerIdentity.ClientCertificate(commonName: "", organizations: ["system:masters"])
        #expect(authenticator.user(of: PeerIdentity(certificate: .verified(nameless))) == nil)
    }

    @Test func aCertificateThatDoesNotHoldIsWorseThanNone() {
        let authenticator = KubeletAuthenticator(allowsAnonymous: true)
        #expect(authenticator.user(of: PeerIdentity(certificate: .unverified(reason: "foreign"))) == nil)
        #expect(authenticator.user(of: PeerIdentity()) == .anonymous)
        #expect(KubeletAuthenticator(allowsAnonymous: false).user(of: PeerIdentity()) == nil)
    }

    @Test func answersAreRememberedForAsLongAsTheirKindAllows() async throws {
        let (reviewer, time) = (FakeReviewer(["alice get stats"]), TestTime())
        let authorizer = KubeletAuthorizer(.webhook(reviewer), now: time.now)
        let allowed = NodeAccess(user: alice, verb: "get", subresource: "stats", nodeName: "n")
        let denied = NodeAccess(user: alice, verb: "get", subresource: "proxy", nodeName: "n")
        for _ in 0..<2 {
            #expect(try await authorizer.isAllowed(allowed))
            #expect(try await !authorizer.isAllowed(denied))
        }
        #expect(reviewer.asked == [allowed, denied])
        time.advance(30)
        _ = try await authorizer.isAllowed(allowed)
        _ = try await authorizer.isAllowed(denied)
        #expect(reviewer.asked == [allowed, denied, denied])
        time.advance(270)
        _ = try await authorizer.isAllowed(allowed)
        #expect(reviewer.asked.count == 4)
    }

    @Test func groupsAreAnotherQuestion() async throws {
        let reviewer = FakeReviewer(["alice get stats"])
        let authorizer = KubeletAuthorizer(.webhook(reviewer), now: TestTime().now)
        var access = NodeAccess(user: alice, verb: "get", subresource: "stats", nodeName: "n")
        _ = try await authorizer.isAllowed(access)
        access.user.groups = []
        _ = try await authorizer.isAllowed(access)
        #expect(reviewer.asked.count == 2)
    }

    @Test func aReviewThatFailsIsNotRemembered() async throws {
        let reviewer = FakeReviewer(["alice get stats"])
        let authorizer = KubeletAuthorizer(.webhook(reviewer), now: TestTime().now)
        let access = NodeAccess(user: alice, verb: "get", subresource: "stats", nodeName: "n")
        reviewer.setFails(true)
        await #expect(throws: FakeReviewer.Unreachable.self) { try await authorizer.isAllowed(access) }
        reviewer.setFails(false)
        #expect(try await authorizer.isAllowed(access))
    }
}
