import HostSystem
import Testing

@testable import KubeletConfiguration

/// The files of `--image-credential-provider-config`.
final class CredentialProviderFilesTests {
    private let directory: String
    private static let heading = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n"

    init() throws {
        directory = "/tmp/swiftlet-providers-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory("\(directory)/bin", mode: 0o700)
        for name in ["one", "two"] { try HostFiles.createFile("\(directory)/bin/\(name)", mode: 0o755) }
    }

    deinit {
        // What is left behind under /tmp harms no other test.
        try? HostFiles.removeTree(directory)
    }

    private static func entry(_ name: String, _ change: (of: String, to: String)? = nil) -> String {
        let text = """
            - name: \(name)
              matchImages: ["*.test"]
              defaultCacheDuration: 10m
              apiVersion: credentialprovider.kubelet.k8s.io/v1

            """
        return change.map { text.replacing($0.of, with: $0.to) } ?? text
    }

    private func load(_ arguments: String...) throws -> EffectiveConfiguration {
        try ConfigurationLoader(workingDirectory: directory).load(arguments: arguments)
    }

    private func load(file text: String) throws -> EffectiveConfiguration {
        try HostFiles.writeAtomically(text, to: "\(directory)/providers.yaml")
        return try load("--image-credential-provider-config=providers.yaml", "--image-credential-provider-bin-dir=bin")
    }

    private func problems(file text: String) -> [String] {
        do {
            _ = try load(file: text)
            return []
        } catch {
            return (error as? KubeletConfigurationError)?.messages ?? ["\(error)"]
        }
    }

    @Test func everythingOfAProviderIsRead() throws {
        let effective = try load(
            file: Self.heading + Self.entry("one") + "  args: [a, b]\n  env: [{name: NAME, value: text}]\n"
                + "  tokenAttributes: {serviceAccountTokenAudience: x, requireServiceAccount: false, cacheType: Token}\n"
        )
        let provider = try #require(effective.credentialProviders.first)
        #expect(provider.name == "one")
        #expect(provider.matchImages == ["*.test"])
        #expect(provider.defaultCacheDuration == .minutes(10))
        #expect(provider.args == ["a", "b"])
        #expect(provider.env.map(\.name) == ["NAME"] && provider.env.map(\.value) == ["text"])
        #expect(provider.isForPodsWithoutServiceAccount)
        #expect(effective.warnings == [])
    }

    @Test func aProviderThatIsNeverAskedIsNamed() throws {
        let effective = try load(
            file: Self.heading + Self.entry("one")
                + "  tokenAttributes: {serviceAccountTokenAudience: x, requireServiceAccount: true, cacheType: Token}\n"
        )
        #expect(effective.warnings.count == 1)
        #expect(effective.warnings.first?.hasPrefix("credential provider one is never asked") == true)
    }

    @Test func aDirectoryIsReadInTheOrderOfItsNames() throws {
        try HostFiles.createDirectory("\(directory)/d")
        for (file, name) in [("b.yml", "one"), ("a.json", "two"), ("c.txt", "three")] {
            try HostFiles.writeAtomically(Self.heading + Self.entry(name), to: "\(directory)/d/\(file)")
        }
        let effective = try load("--image-credential-provider-config=d", "--image-credential-provider-bin-dir=bin")
        #expect(effective.credentialProviders.map(\.name) == ["two", "one"])
    }

    @Test(arguments: [
        (
            heading + entry("one", ("v1", "v9")),
            "providers.yaml: providers[0].apiVersion: \"credentialprovider.kubelet.k8s.io/v9\" is none of "
        ),
        (heading + entry("../x"), "providers.yaml: providers[0].name: \"../x\" is not the name of a program"),
        (heading + entry("one") + entry("one"), "providers.yaml: providers[1].name: there is another provider \"one\""),
        (heading + entry("gone"), "is not an executable file"),
        (
            heading + entry("one", ("[\"*.test\"]", "[]")),
            "providers.yaml: providers[0].matchImages: there must be at least"
        ),
        (heading + entry("one", ("10m", "-1m")), "providers[0].defaultCacheDuration: it must not be negative"),
        (heading + entry("one", ("matchImages", "matchImage")), "providers.yaml:5:3: unknown field \"matchImage\""),
        (heading + "- name: one\n", "providers.yaml:4:3: providers[0].matchImages: required field is missing"),
        (heading.dropLast(11) + "providers: []\n", "providers.yaml: providers must have at least one item"),
        ("kind: Other\n", "providers.yaml:1:7: expected kind CredentialProviderConfig, found \"Other\""),
    ])
    func whatIsWrongIsTold(_ text: String, _ message: String) {
        let problems = problems(file: text)
        #expect(problems.contains { $0.contains(message) }, "\(problems)")
    }

    @Test func theTwoFlagsBelongTogether() {
        for flag in ["--image-credential-provider-config=x", "--image-credential-provider-bin-dir=bin"] {
            let error = #expect(throws: KubeletConfigurationError.self) { try load(flag) }
            #expect(error?.message.hasSuffix("must be set together") == true)
        }
    }
}
