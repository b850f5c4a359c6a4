import HostSystem
import Testing

extension RealParts {
    /// What the program does without a node.
    @Suite struct ProgramTests {
        private let tier: NodeTier

        init() throws { tier = try .required() }

        @Test func lintTakesTheExample() async throws {
            let result = try await Command([tier.binary, "lint", "\(tier.checkout)/Examples/static-nginx.yaml"]).run()
            #expect(result.exitCode == 0, "\(result)")
        }

        @Test(arguments: DamagedManifest.all) func lintSaysWhatTheKubeletWouldSay(
            _ manifest: DamagedManifest
        ) async throws {
            let file = "\(tier.directory)/lint-\(manifest.name).yaml"
            try HostFiles.writeAtomically(manifest.text, to: file)
            let result = try await Command([tier.binary, "lint", file]).run()
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.output.hasPrefix("\(file):\(manifest.problem)"), "\(result)")
        }

        @Test func itIsTheKubeletWhenItIsCalledSo() async throws {
            let link = "\(tier.directory)/kubelet"
            try HostFiles.symbolicLink(link, to: tier.binary)
            let version = try await Command([link, "--version"]).output()
            #expect(version.wholeMatch(of: /Kubernetes v1\.\d+\.\d+\S*\n/) != nil, "\(version)")
            let help = try await Command([link, "--help"]).output()
            for flag in ["--config", "--pod-manifest-path", "--manifest-url", "--hostname-override"] {
                #expect(help.contains(flag))
            }
        }
    }
}
