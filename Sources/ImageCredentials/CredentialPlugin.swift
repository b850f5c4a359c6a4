internal import HostSystem
internal import Kubelet
internal import KubeletConfiguration
internal import KubernetesAPI
internal import PodLifecycle

/// One exec credential provider, with the answers it gave that are still good.
///
/// As upstream's `pkg/credentialprovider/plugin`, except that it is asked one question at a time: pulls side by side wait
/// for the first one's answer, which often is theirs as well.
actor CredentialPlugin {
    /// Upstream's, for all providers.
    private static let timeout = Duration.seconds(60)

    private struct CachedAnswer {
        var entries: [DockerConfigFile.Entry]
        var expires: Timestamp
    }

    /// Why a provider gave no credentials.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let provider: CredentialProvider
    private let executable: String
    private let patterns: [RegistryPattern]
    private let runner: ProgramRunner
    private let clock: any KubeletClock
    private let turns = Turns(limit: 1)
    private var answers: [String: CachedAnswer] = [:]

    init(_ provider: CredentialProvider, directory: String, runner: ProgramRunner, clock: any KubeletClock) {
        self.provider = provider
        executable = "\(directory)/\(provider.name)"
        patterns = provider.matchImages.compactMap(RegistryPattern.init)
        self.runner = runner
        self.clock = clock
    }

    /// What the provider has for an image; nothing when it isn't for such images.
    /// - Throws: `Failure`, `CancellationError`.
    func entries(for image: String) async throws -> [DockerConfigFile.Entry] {
        guard let target = RegistryPattern(image), patterns.contains(where: { $0.matches(target) }) else { return [] }
        return try await turns.withTurn { try await self.knownOrNewEntries(for: image) }
    }

    private func knownOrNewEntries(for image: String) async throws -> [DockerConfigFile.Entry] {
        if let known = cached(image) { return known }
        let response = try await ask(image)
        let lifetime = response.cacheDuration ?? provider.defaultCacheDuration?.duration ?? .zero
        if lifetime > .zero {
            let key = Self.key(response.cacheKeyType, image)
            answers[key] = CachedAnswer(entries: response.entries, expires: clock.now().adding(lifetime))
        }
        return response.entries
    }

    private func cached(_ image: String) -> [DockerConfigFile.Entry]? {
        let now = clock.now()
        answers = answers.filter { now < $0.value.expires }
        let types: [CredentialExchange.CacheKeyType] = [.image, .registry, .global]
        return types.lazy.compactMap { self.answers[Self.key($0, image)]?.entries }.first
    }

    private static func key(_ type: CredentialExchange.CacheKeyType, _ image: String) -> String {
        switch type {
        case .image: image
        case .registry: String(image.prefix { $0 != "/" })
        case .global: ""
        }
    }

    private func ask(_ image: String) async throws -> CredentialExchange.Response {
        do {
            let environment = ChildProcess.inheritedEnvironment.merging(
                provider.env.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            let result = try await runner.run(
                executable, provider.args, environment: environment,
                input: CredentialExchange.request(for: image, apiVersion: provider.apiVersion), timeout: Self.timeout)
            guard result.status == .exited(code: 0) else {
                throw Failure(description: "\(result.status)\(Self.excerpt(of: result.errors))")
            }
            do {
                return try CredentialExchange.response(result.output, apiVersion: provider.apiVersion)
            } catch let error as CredentialExchange.BadResponse {
                throw Failure(description: "bad response: \(error)")
            }
        } catch let error where !(error is CancellationError) {
            throw Failure(description: "credential provider \(provider.name) for image \(image): \(error)")
        }
    }

    /// The first line of what a provider complained about; what it answered is never shown.
    private static func excerpt(of errors: [UInt8]) -> String {
        let line = errors.prefix(512).split(separator: UInt8(ascii: "\n")).first.map {
            String(decoding: $0, as: UTF8.self)
        }
        return line.map { ": \($0)" } ?? ""
    }
}
