import HostSystem
import Testing

extension RealParts {
    /// Whatever is wrong at start is said in one line, with a failure as exit code and not a crash.
    @Suite struct MisuseTests {
        private let tier: NodeTier

        init() throws { tier = try .required() }

        private func kubelet(_ arguments: String..., configuration: String? = nil) async throws -> Command.Result {
            // The tests run side by side, and a kubelet locks its directory.
            let directory = "\(tier.directory)/misuse-\(UInt32.random(in: 0 ... .max))"
            try HostFiles.createDirectory(directory)
            var flags = ["--root-dir=\(directory)/kubelet"]
            if let configuration {
                let file = "\(directory)/config.yaml"
                try HostFiles.writeAtomically(
                    "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\(configuration)\n",
                    to: file)
                flags.append("--config=\(file)")
            }
            return try await Command([tier.binary, "kubelet"] + flags + arguments, limit: 30).run()
        }

        @Test func anUnknownFlag() async throws {
            try await kubelet("--no-such-flag=1").expectOneLine(naming: "--no-such-flag")
        }

        @Test func aConfigurationThatIsNotThere() async throws {
            try await kubelet("--config=/nowhere/config.yaml").expectOneLine(naming: "/nowhere/config.yaml")
        }

        @Test func aConfigurationThatCannotBeRead() async throws {
            try await kubelet("--config=\(tier.directory)").expectOneLine(naming: tier.directory)
        }

        @Test func aFieldOfTheWrongType() async throws {
            let result = try await kubelet(configuration: "maxPods: many")
            try result.expectOneLine(naming: "config.yaml:3:10: maxPods")
        }

        @Test func aFieldThatThereIsNot() async throws {
            let result = try await kubelet(configuration: "staticPodPaht: /x")
            try result.expectOneLine(naming: "staticPodPaht")
        }

        @Test func aSocketThatIsNotThere() async throws {
            let result = try await kubelet(
                "--container-runtime-endpoint=unix:///nowhere/containerd.sock",
                configuration: """
                    failCgroupV1: false
                    authentication: {webhook: {enabled: false}}
                    authorization: {mode: AlwaysAllow}
                    """)
            try result.expectOneLine(naming: "/nowhere/containerd.sock")
        }

        @Test func aPortInUse() async throws {
            let taken = try MachineShare.heldPort()
            let result = try await Command(
                [
                    tier.binary, "apiserver", "--data-dir", "\(tier.directory)/misuse-api", "--node-name", "k8s-01",
                    "--port", "\(taken.port)",
                ], limit: 30
            ).run()
            try result.expectOneLine(naming: "\(taken.port)")
        }

        @Test func anUnknownCommandOrFlagOfTheProgram() async throws {
            for arguments in [["fly"], ["server", "--no-such-flag"], ["apiserver", "--port", "many"]] {
                let result = try await Command([tier.binary] + arguments, limit: 30).run()
                #expect(result.exitCode == 64, "\(result)")
                #expect(result.errors.hasPrefix("Error: "), "\(result)")
            }
        }
    }
}

extension Command.Result {
    /// Expects a failure, not a crash, that is told in one line; log lines may come before it.
    func expectOneLine(naming subject: String) throws {
        #expect(exitCode == 1, "\(self)")
        let lines = errors.split(separator: "\n").filter { $0.hasPrefix("swiftlet: ") }
        #expect(lines.count == 1, "\(self)")
        #expect(lines.first?.contains(subject) == true, "\(self)")
        #expect(errors.split(separator: "\n").last == lines.first, "\(self)")
    }
}
