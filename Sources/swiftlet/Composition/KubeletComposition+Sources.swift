import Glibc
import Kubelet
import KubeletConfiguration
import KubernetesAPI
import Logging
import PodSources

/// The sources of pods, as one stream.
struct ConfiguredSources: Sendable {
    var kinds: Set<PodSourceKind>
    var updates: AsyncStream<PodSourceUpdate>
    /// Each runs until cancelled.
    var runners: [@Sendable () async throws -> Void]
}

extension KubeletComposition {
    /// - Parameters:
    ///   - lastAccepted: what ran before this process started, by UID.
    ///   - assignments: the pods that an API server has assigned to this node; `nil` without one.
    func makeSources(
        lastAccepted: [PodUID: AcceptedPod], assignments: AsyncStream<PodSourceUpdate>?
    ) throws -> ConfiguredSources {
        let (updates, input) = AsyncStream.makeStream(of: PodSourceUpdate.self)
        var sources = ConfiguredSources(kinds: [], updates: updates, runners: [])
        let host = SourceHost(group: group, threads: threads, logger: logger, now: { [clock] in clock.now() })
        if !configuration.staticPodPath.isEmpty {
            sources.kinds.insert(.file)
            let source = DirectorySource(
                options: .init(
                    path: configuration.staticPodPath, scanInterval: configuration.fileCheckFrequency.duration),
                reader: reader(.file), lastAccepted: accepted(lastAccepted, from: .file), host: host,
                clock: ContinuousClock())
            sources.runners.append { try await source.run() }
            sources.runners.append { for await update in source.updates { input.yield(update) } }
        }
        if !configuration.staticPodURL.isEmpty {
            sources.kinds.insert(.http)
            let headers = configuration.staticPodURLHeader.sorted { $0.key < $1.key }
                .flatMap { name, values in values.map { (name: name, value: $0) } }
            let source = try URLSource(
                options: .init(
                    url: configuration.staticPodURL, headers: headers,
                    interval: configuration.httpCheckFrequency.duration,
                    // Where programs written in Go look for the system's roots first.
                    rootsFile: getenv("SSL_CERT_FILE").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }),
                reader: reader(.http), lastAccepted: accepted(lastAccepted, from: .http), host: host,
                clock: ContinuousClock())
            sources.runners.append { try await source.run() }
            sources.runners.append { for await update in source.updates { input.yield(update) } }
        }
        if let assignments {
            sources.kinds.insert(.api)
            sources.runners.append { for await update in assignments { input.yield(update) } }
        }
        return sources
    }

    private func reader(_ kind: PodSourceKind) -> ManifestReader {
        ManifestReader(
            nodeName: nodeName, source: kind, fieldValidation: flags.staticPodFieldValidation == .warn ? .warn : .strict
        )
    }

    private func accepted(_ pods: [PodUID: AcceptedPod], from kind: PodSourceKind) -> [DesiredPod] {
        let superseded = Set(pods.values.compactMap(\.supersedes))
        return pods.values.filter { !$0.isLeaving }.map(\.version)
            .filter { !superseded.contains($0.uid) || pods[$0.uid]?.supersedes == $0.uid }
            .filter { $0.pod.metadata.annotations[ConfigAnnotations.source] == kind.rawValue }
            .sorted { $0.fullName < $1.fullName }
    }
}
