import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

struct UserNamespaceRangesTests {
    private static let unit: UInt64 = 65_536

    @Test func theLowestFreeRangeIsGivenAndNeverTheHosts() {
        let ranges = UserNamespaceRanges()
        let (one, two) = (Self.unit..<Self.unit * 2, Self.unit * 2..<Self.unit * 3)
        #expect(ranges.free(besides: []) == 65_536)
        #expect(ranges.free(besides: [one]) == 131_072)
        #expect(ranges.free(besides: [two]) == 65_536)
        #expect(ranges.free(besides: [two, one]) == 196_608)
    }

    @Test func rangesOfAnotherLengthAreNotShared() {
        let ranges = UserNamespaceRanges(idsPerPod: 131_072)
        #expect(ranges.free(besides: [Self.unit * 3..<Self.unit * 4]) == 262_144)
    }

    @Test func thereMayBeNoneLeft() throws {
        let ranges = try UserNamespaceRanges(
            idsPerPod: 65_536, users: "kubelet:65536:65536", groups: "kubelet:65536:65536", maxPods: 1)
        #expect(ranges.free(besides: []) == 65_536)
        #expect(ranges.free(besides: [Self.unit..<Self.unit * 2]) == nil)
    }

    @Test func theLastRangeEndsWithTheLastID() {
        let ranges = UserNamespaceRanges(idsPerPod: 1 << 31)
        #expect(ranges.free(besides: []) == 1 << 31)
    }

    /// What `/etc/subuid` and `/etc/subgid` say, and the first ID or what is wrong.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let users: String
        let groups: String
        let expected: String

        init(_ description: String, _ users: String, groups: String? = nil, _ expected: String) {
            testDescription = description
            self.users = users
            self.groups = groups ?? users
            self.expected = expected
        }
    }

    @Test(arguments: [
        Case("nobody", "", "65536"),
        Case("others", "alice:100000:65536\n", "65536"),
        Case("the kubelet", "alice:100000:65536\nkubelet:655360:6553600\n", "655360"),
        Case(
            "users only", "kubelet:655360:6553600", groups: "", "mismatched subuids and subgids for user \"kubelet\""),
        Case(
            "two ranges", "kubelet:655360:6553600\nkubelet:65536:65536",
            "user \"kubelet\" has 2 ranges of subuids, and must have one"),
        Case("nonsense", "kubelet:x", "invalid line \"kubelet:x\""),
        Case("an odd start", "kubelet:100000:6553600", "kubelet user assigned ID 100000 is not a multiple of 65536"),
        Case("the host's own", "kubelet:0:6553600", "kubelet user assigned ID 0 must be greater or equal to 65536"),
        Case(
            "an odd length", "kubelet:65536:100000",
            "kubelet user assigned IDs length 100000 is not a multiple of 65536"),
        Case("too few", "kubelet:65536:65536", "kubelet user assigned IDs are not enough to support 100 pods"),
    ])
    func subordinateIDs(_ example: Case) {
        var found: String
        do {
            let ranges = try UserNamespaceRanges(
                idsPerPod: 65_536, users: example.users, groups: example.groups, maxPods: 100)
            found = ranges.free(besides: []).map(String.init) ?? "none"
        } catch {
            found = "\(error)"
        }
        #expect(found == example.expected)
    }

    // MARK: What the runtime can do

    private static let refusal = "can't set `spec.hostUsers: false`, "

    @Test(arguments: [
        ("", refusal + "runtime does not support user namespaces"), ("able", nil),
        ("unable", refusal + "RuntimeClass handler \"unable\" does not support user namespaces"),
        (
            "other",
            refusal + "RuntimeClass handler \"other\" does not support user namespaces: "
                + "the handler \"other\" is not known"
        ),
    ])
    func theHandlerHasToKnowThem(handler: String, problem: String?) {
        let runtime = RuntimeFeatures(handlers: [
            .init(name: ""), .init(name: "able", userNamespaces: true), .init(name: "unable"),
        ])
        var pod = Pod.sample()
        #expect(pod.userNamespaceProblem(runtime, handler: handler) == nil)
        pod.spec.hostUsers = true
        #expect(pod.userNamespaceProblem(runtime, handler: handler) == nil)
        pod.spec.hostUsers = false
        #expect(pod.userNamespaceProblem(runtime, handler: handler) == problem)
    }
}
