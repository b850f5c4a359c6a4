import ContainerRuntime
import HostSystem
import Kubelet
import KubeletConfiguration
import Logging
import NIOPosix
import TestSupport
import Testing

@testable import ImageCredentials

/// Exec credential providers; scripts play them, and note each request.
@Suite(.timeLimit(.minutes(3))) struct CredentialPluginTests {
    private let directory: TemporaryDirectory
    private let clock = ManualClock()

    init() throws { directory = try TemporaryDirectory() }

    /// A shell that runs a script after it has noted the request.
    private func provider(
        _ script: String, _ arguments: String..., named name: String = "plugin",
        defaultCacheDuration: GoDuration = .zero
    ) throws -> CredentialProvider {
        try HostFiles.symbolicLink("\(directory.path)/\(name)", to: "/bin/sh")
        var provider = CredentialProvider()
        provider.name = name
        provider.args =
            ["-c", "cat >>\(directory.path)/requests; echo >>\(directory.path)/requests; \(script)"] + arguments
        provider.matchImages = ["*.test"]
        provider.defaultCacheDuration = defaultCacheDuration
        provider.apiVersion = "credentialprovider.kubelet.k8s.io/v1"
        return provider
    }

    private func answer(
        _ user: String, _ type: String = "Image", duration: String? = nil, registry: String = "*.test"
    ) -> String {
        let cacheDuration = duration.map { ", \"cacheDuration\": \"\($0)\"" } ?? ""
        return """
            cat <<EOF
            {"kind": "CredentialProviderResponse", "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
             "cacheKeyType": "\(type)"\(cacheDuration), "auth": {"\(registry)": {"username": "\(user)", "password": "p"}}}
            EOF
            """
    }

    private func credentials(_ providers: CredentialProvider...) -> NodeCredentials {
        NodeCredentials(
            files: CredentialFiles(root: directory.path, workingDirectory: directory.path, home: directory.path),
            providers: providers, pluginDirectory: directory.path,
            runner: ProgramRunner(group: MultiThreadedEventLoopGroup.singleton), clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private var requests: [String] {
        let text = (try? HostFiles.readText("\(directory.path)/requests")) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    private func users(_ credentials: NodeCredentials, _ image: String) async throws -> [String] {
        try await credentials.credentials(for: image).alternatives.map(\.username)
    }

    @Test func aProviderIsAskedForTheImagesItIsFor() async throws {
        let node = credentials(try provider(answer("u")))
        #expect(try await users(node, "reg.test/a") == ["u"])
        #expect(try await users(node, "reg.other/a") == [])
        #expect(
            requests == [
                #"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","#
                    + #""image":"reg.test/a"}"#
            ])
    }

    @Test func argumentsAndEnvironmentReachTheProvider() async throws {
        var plugin = try provider(answer("$1-$NAME-${PATH:+path}"), "sh", "one")
        var variable = CredentialProvider.EnvironmentVariable()
        variable.name = "NAME"
        variable.value = "two"
        plugin.env = [variable]
        #expect(try await users(credentials(plugin), "reg.test/a") == ["one-two-path"])
    }

    @Test(arguments: [("Image", 4), ("Registry", 2), ("Global", 1)])
    func anAnswerIsGoodForWhatItsKeySays(_ type: String, _ expected: Int) async throws {
        let node = credentials(try provider(answer("u", type, duration: "10m")))
        for _ in 0..<2 {
            for image in ["a.test/one", "a.test/two", "b.test/one", "b.test/two"] {
                #expect(try await users(node, image) == ["u"])
            }
        }
        #expect(requests.count == expected)
    }

    @Test(
        arguments: [
            (nil, GoDuration.minutes(1), 1, 2), ("2m", .zero, 1, 1), ("0s", .minutes(1), 2, 3), (nil, .zero, 2, 3),
        ] as [(String?, GoDuration, Int, Int)])
    func anAnswerIsGoodForItsDurationOrTheDefault(
        _ duration: String?, _ standard: GoDuration, _ atOnce: Int, _ aMinuteLater: Int
    ) async throws {
        let node = credentials(try provider(answer("u", duration: duration), defaultCacheDuration: standard))
        for _ in 0..<2 { #expect(try await users(node, "reg.test/a") == ["u"]) }
        #expect(requests.count == atOnce)
        clock.advance(by: .seconds(61))
        #expect(try await users(node, "reg.test/a") == ["u"])
        #expect(requests.count == aMinuteLater)
    }

    @Test func pullsSideBySideShareAnAnswer() async throws {
        let node = credentials(try provider(answer("u", "Registry", duration: "1m")))
        try await withThrowingTaskGroup(of: [String].self) { group in
            for index in 0..<8 { group.addTask { try await users(node, "reg.test/\(index)") } }
            for try await found in group { #expect(found == ["u"]) }
        }
        #expect(requests.count == 1)
    }

    @Test(arguments: [
        ("echo s3cret", "bad response: it is no JSON object"),
        ("echo '{\"kind\": \"s3cret\"}'", "bad response: its kind is not CredentialProviderResponse"),
        (
            "echo '{\"kind\": \"CredentialProviderResponse\", \"apiVersion\": \"v1\"}'",
            "bad response: its apiVersion is not credentialprovider.kubelet.k8s.io/v1"
        ),
        (
            "\(header), \"cacheKeyType\": \"s3cret\"}'",
            "bad response: its cacheKeyType is not Image, Registry or Global"
        ),
        (
            "\(header), \"cacheKeyType\": \"Image\", \"cacheDuration\": \"s3cret\"}'",
            "bad response: its cacheDuration is no duration such as \"10m\""
        ),
        ("\(header), \"cacheKeyType\": \"Image\", \"auth\": \"s3cret\"}'", "bad response: its auth is no object"),
        ("echo s3cret; echo no access >&2; exit 7", "exited with code 7: no access"),
        ("echo s3cret; kill -9 $$", "killed by signal 9"),
        ("yes s3cret | head -c 2000000", "cannot read the output of DIR/plugin: it is larger than 1048576 bytes"),
    ])
    func aBadAnswerIsToldWithoutWhatIsInIt(_ script: String, _ problem: String) async throws {
        let node = credentials(try provider(script), try provider(answer("u"), named: "other"))
        let found = try await node.credentials(for: "reg.test/a")
        let expected = problem.replacing("DIR", with: directory.path)
        #expect(found.problems == ["credential provider plugin for image reg.test/a: \(expected)"])
        // What others have is not lost.
        #expect(found.alternatives.map(\.username) == ["u"])
    }

    private static let header =
        "echo '{\"kind\": \"CredentialProviderResponse\", \"apiVersion\": \"credentialprovider.kubelet.k8s.io/v1\""

    @Test func filesComeBeforeProvidersAndTheMostSpecificAnswerFirst() async throws {
        try HostFiles.writeAtomically(
            #"{"auths": {"reg.test": {"username": "file", "password": "p"}}}"#, to: "\(directory.path)/config.json")
        let node = credentials(
            try provider(answer("wide"), named: "one"),
            try provider(answer("narrow", registry: "reg.test/team"), named: "two"))
        #expect(try await users(node, "reg.test/team/a") == ["file", "narrow", "wide"])
    }

    @Test func aProviderThatNeedsServiceAccountsIsNotAsked() async throws {
        var plugin = try provider(answer("u"))
        plugin.tokenAttributes = CredentialProvider.TokenAttributes()
        plugin.tokenAttributes?.requireServiceAccount = true
        #expect(try await users(credentials(plugin), "reg.test/a") == [])
        plugin.tokenAttributes?.requireServiceAccount = false
        #expect(try await users(credentials(plugin), "reg.test/a") == ["u"])
    }
}
