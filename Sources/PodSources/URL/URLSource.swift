import AsyncHTTPClient
import NIOCore

/// Static pods from a URL, asked for again and again.
package struct URLSource<C: Clock>: Sendable where C.Duration == Duration {
    package struct Options: Sendable {
        /// `staticPodURL`: http or https.
        package var url: String
        /// `staticPodURLHeader`: sent to that origin only. Values are never logged.
        package var headers: [(name: String, value: String)]
        /// `httpCheckFrequency`.
        package var interval: Duration
        /// How long one exchange may take, redirects included.
        package var timeout: Duration
        /// Certificates in PEM that https servers are trusted by; nil for the system's roots.
        package var rootsFile: String?

        package init(
            url: String, headers: [(name: String, value: String)] = [], interval: Duration = .seconds(20),
            timeout: Duration = .seconds(10), rootsFile: String? = nil
        ) {
            self.url = url
            self.headers = headers
            self.interval = interval
            self.timeout = timeout
            self.rootsFile = rootsFile
        }
    }

    /// All that the URL wants, after each change. A reader that is slow gets the newest only.
    package let updates: AsyncStream<PodSourceUpdate>

    private let continuation: AsyncStream<PodSourceUpdate>.Continuation
    private let options: Options
    private let address: WebAddress
    private let reader: ManifestReader
    private let lastAccepted: [DesiredPod]
    private let host: SourceHost
    private let clock: C

    /// - Parameter lastAccepted: what ran before this process started; it is kept while the URL can't be read.
    /// - Throws: `PodSourceError` for what is no http or https URL.
    package init(
        options: Options, reader: ManifestReader, lastAccepted: [DesiredPod] = [], host: SourceHost, clock: C
    ) throws {
        guard let address = WebAddress(options.url) else {
            // Not shown: it may hold a password.
            throw PodSourceError(.invalidURL, "cannot use the manifest URL: it is no http or https URL")
        }
        self.address = address
        self.options = options
        self.reader = reader
        self.lastAccepted = lastAccepted
        self.host = host
        self.clock = clock
        (updates, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks the URL until the task is cancelled, then ends `updates`. To be called once.
    package func run() async throws {
        defer { continuation.finish() }
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(host.group),
            configuration: ManifestFetcher.configuration(timeout: options.timeout, rootsFile: options.rootsFile))
        do {
            try await follow(
                ManifestFetcher(
                    client: client, address: address, headers: options.headers, timeout: options.timeout))
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func follow(_ fetcher: ManifestFetcher) async throws {
        var state = URLState(lastAccepted: lastAccepted)
        while true {
            await fetch(fetcher, &state)
            try Task.checkCancellation()
            if let update = state.update() { continuation.yield(withoutSecrets(update)) }
            try await clock.sleep(until: clock.now.advanced(by: options.interval), tolerance: nil)
        }
    }

    private func fetch(_ fetcher: ManifestFetcher, _ state: inout URLState) async {
        do {
            switch try await fetcher.fetch(unless: state.tag) {
            case .notModified:
                state.notModified()
            case .content(let bytes, _) where bytes.isEmpty:
                state.failed(problem("cannot use the manifest: it is empty"))
            case .content(let bytes, let tag):
                state.fetched(bytes, tag: tag) { reader.read($0, file: address.description, seen: host.now()) }
            }
        } catch {
            state.failed(problem("\(error)"))
        }
    }

    /// A server may show its client's headers in what it answers, and a problem quotes the answer.
    private func withoutSecrets(_ update: PodSourceUpdate) -> PodSourceUpdate {
        // Of `Bearer xyz` the last word is the secret. What is shorter is none, and part of other words.
        let secrets = options.headers.flatMap { [$0.value, String($0.value.split(separator: " ").last ?? "")] }
            .filter { $0.utf8.count >= 6 }
        guard !secrets.isEmpty else { return update }
        var update = update
        for index in update.problems.indices {
            for secret in secrets {
                update.problems[index].message = update.problems[index].message.replacing(secret, with: "<masked>")
            }
        }
        return update
    }

    private func problem(_ message: String) -> ManifestProblem {
        ManifestProblem(file: address.description, message: message)
    }
}
