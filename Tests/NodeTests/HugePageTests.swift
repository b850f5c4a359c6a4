import HostSystem
import StructuredData
import Testing

extension RealParts {
    /// A node of a machine with some huge pages.
    @Suite(
        .enabled(if: HugePages.areKnown, "this kernel has no huge pages of 2 MiB"), .serialized, .hugePages(8),
        .node("pages") { node in
            // Without `clusterDNS`, unlike the node that most tests share.
            try node.writeConfiguration("staticPodPath: \(node.manifests)")
            try await node.startServer()
        })
    struct HugePageTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func shell(_ line: String) async throws -> String {
            try await node.output("exec", TestNode.mirror("pages"), "--", "sh", "-c", line)
        }

        private func manifest(_ name: String, pages: String, medium: String = "HugePages") -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              terminationGracePeriodSeconds: 1
              securityContext: {fsGroup: 2345}
              volumes: [{name: large, emptyDir: {medium: \(medium)}}, {name: named, emptyDir: {medium: HugePages-2Mi}}]
              containers:
              - name: main
                image: busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
                resources: {limits: {memory: 64Mi, hugepages-2Mi: \(pages)}}
                env: [{name: PAGES, valueFrom: {resourceFieldRef: {resource: limits.hugepages-2Mi, divisor: 1Mi}}}]
                volumeMounts: [{name: large, mountPath: /large}, {name: named, mountPath: /named}]

            """
        }

        private func mounts() throws -> [Substring] {
            try HostFiles.readText("/proc/self/mountinfo").split(separator: "\n").filter {
                $0.contains(" \(HostFiles.resolved(node.directory) ?? node.directory)/") && $0.contains(" hugetlbfs ")
            }
        }

        @Test func aPodKeepsItsHugePagesUntilItGoes() async throws {
            let free = try HugePages.free()
            let before = try await node.run("pages", manifest("pages", pages: "4Mi"))
            #expect(
                try await shell("stat -c '%g %a' /large /named; echo $PAGES")
                    == "2345 2777\n2345 2777\n4\n")
            #expect(try await shell("grep -c ' hugetlbfs .*pagesize=2M' /proc/mounts") == "2\n")
            #expect(
                try await shell("fallocate -l 4194304 /large/data && stat -c '%g %s' /large/data") == "2345 4194304\n")
            #expect(try HugePages.free() == free - 2)

            // A kubelet that is started again finds them, and mounts nothing over them.
            try await node.stop(.server)
            try await node.startServer()
            let after = try await node.ready("pages")
            #expect(after.container == before.container)
            #expect(try mounts().count == 2)
            #expect(try await shell("stat -c '%g %s' /large/data") == "2345 4194304\n")

            try await node.end("pages")
            #expect(try mounts() == [])
            #expect(try HugePages.free() == free)
        }

        @Test func theNodeHasSoManyAndNoMore() async throws {
            let path = "jsonpath={.status.allocatable.hugepages-2Mi}"
            #expect(try await node.output("get", "node", TestNode.name, "-o", path) == "\(try HugePages.count() * 2)Mi")
            try node.add("greedy", manifest("greedy", pages: "1Gi"))
            try node.add("sizeless", manifest("sizeless", pages: "2Mi", medium: "HugePages-1Gi"))
            try await node.shown("greedy", "finds no room") { $0.reason == "OutOfhugepages-2Mi" }
            try await eventually("an event tells of pages that the pod has no limit of") {
                try await self.node.events("FailedMount", of: TestNode.mirror("sizeless")).contains(
                    "MountVolume.SetUp failed for volume \"large\" : medium HugePages-1Gi: "
                        + "hugePages storage requested, but there is no resource request for huge pages")
            }
            for name in ["greedy", "sizeless"] { try await node.end(name) }
        }

        @Test func aNodeWithoutAClusterDNSSaysSo() async throws {
            try await node.run("nameless", Manifest.sleeper("nameless"))
            for object in [TestNode.mirror("nameless"), TestNode.name] {
                #expect(
                    try await node.events("MissingClusterDNS", of: object).contains {
                        $0.hasSuffix("Falling back to \"Default\" policy.")
                    })
            }
            try await node.end("nameless")
        }
    }
}

/// The machine's huge pages of 2 MiB.
enum HugePages {
    private static let folder = "/sys/kernel/mm/hugepages/hugepages-2048kB"

    static var areKnown: Bool { HostFiles.exists(folder) }

    static func count() throws -> Int { try number("nr_hugepages") }

    static func free() throws -> Int { try number("free_hugepages") }

    static func change(by difference: Int) throws {
        try HostFiles.write(Array("\(try count() + difference)".utf8), to: "\(folder)/nr_hugepages", mode: 0o644)
    }

    private static func number(_ file: String) throws -> Int {
        try #require(Int(HostFiles.readText("\(folder)/\(file)").split(separator: "\n").first ?? ""))
    }
}

/// Has the machine set so many huge pages aside while a suite runs. A node counts them when it starts.
struct HugePageScope: SuiteTrait, TestScoping {
    let count: Int

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let before = try HugePages.count()
        try HugePages.change(by: count)
        // Memory in pieces may give fewer.
        let added = try HugePages.count() - before
        do {
            try #require(added >= 4, "the kernel finds no room for huge pages")
            try await function()
        } catch {
            try HugePages.change(by: -added)
            throw error
        }
        try HugePages.change(by: -added)
    }
}

extension Trait where Self == HugePageScope {
    static func hugePages(_ count: Int) -> Self { HugePageScope(count: count) }
}
