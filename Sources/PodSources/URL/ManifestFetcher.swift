import AsyncHTTPClient
import HostSystem
import NIOCore
import NIOHTTP1
import NIOSSL
import StructuredData

/// Gets a manifest over HTTP.
struct ManifestFetcher: Sendable {
    enum Answer: Sendable {
        case content([UInt8], tag: String?)
        /// The server says that what the tag stands for is still right.
        case notModified
    }

    /// Why there is no answer, in words that hold no header's value.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let client: HTTPClient
    let address: WebAddress
    let headers: [(name: String, value: String)]

    /// How long the whole exchange may take, redirects included.
    let timeout: Duration

    private static let redirectLimit = 10

    /// - Parameter rootsFile: certificates in PEM that are trusted in place of the system's roots.
    static func configuration(timeout: Duration, rootsFile: String?) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        if let rootsFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(rootsFile)
            configuration.tlsConfiguration = tls
        }
        // Redirects are ours, as the configured headers must not follow them everywhere.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: TimeAmount(timeout), read: TimeAmount(timeout))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// - Parameter tag: the entity tag of the content that is known already.
    /// - Throws: `Failure`, or `CancellationError`.
    func fetch(unless tag: String?) async throws -> Answer {
        do {
            return try await follow(tag)
        } catch let failure as Failure {
            throw failure
        } catch {
            try Task.checkCancellation()
            throw Failure(description: "cannot get the manifest: \(describe(error))")
        }
    }

    private func follow(_ tag: String?) async throws -> Answer {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        var place = address
        for _ in 0...Self.redirectLimit {
            let response = try await client.execute(request(for: place, tag), deadline: deadline)
            switch response.status {
            case .ok: return try await content(of: response, at: place)
            case .notModified where tag != nil: return .notModified
            case let status where status.isRedirect:
                place = try target(of: response, at: place)
            default: throw Failure(description: "cannot get the manifest: \(place) answers \(response.status.code)")
            }
        }
        throw Failure(description: "cannot get the manifest: more than \(Self.redirectLimit) redirects")
    }

    private func request(for place: WebAddress, _ tag: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: place.url)
        request.headers.add(name: "Accept", value: "application/yaml, application/json, */*")
        guard place.isSameOrigin(as: address) else { return request }
        if let credentials = address.basicCredentials {
            request.headers.add(name: "Authorization", value: "Basic " + Base64.encode(credentials))
        }
        if let tag { request.headers.add(name: "If-None-Match", value: tag) }
        // Whoever configures a header replaces ours of that name, and may give it several values.
        for (name, _) in headers { request.headers.remove(name: name) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        return request
    }

    private func content(of response: HTTPClientResponse, at place: WebAddress) async throws -> Answer {
        let limit = ManifestReader.sizeLimit
        do {
            let body = try await response.body.collect(upTo: limit)
            // A tag of another origin's means nothing to the configured one.
            let tag = place.isSameOrigin(as: address) ? response.headers.first(name: "ETag") : nil
            return .content(Array(body.readableBytesView), tag: tag)
        } catch is NIOTooManyBytesError {
            throw Failure(description: "cannot get the manifest: it is longer than \(limit) bytes")
        }
    }

    private func target(of response: HTTPClientResponse, at place: WebAddress) throws -> WebAddress {
        guard let location = response.headers.first(name: "Location") else {
            throw Failure(description: "cannot get the manifest: \(place) redirects to nowhere")
        }
        return try Self.redirect(from: place, to: location)
    }

    /// Where a redirect leads, if it may be followed.
    static func redirect(from place: WebAddress, to location: String) throws -> WebAddress {
        guard let target = place.resolving(location) else {
            throw Failure(description: "cannot get the manifest: \(place) redirects to what is no http or https URL")
        }
        if place.scheme == "https" && target.scheme == "http" {
            throw Failure(description: "cannot get the manifest: \(place) redirects from https to http")
        }
        return target
    }

    private func describe(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .deadlineExceeded, .readTimeout, .connectTimeout: "no complete answer within \(timeout)"
            default: error.shortDescription.lowercased()
            }
        case let error as IOError: HostSystemError.describe(error.errnoCode)
        case NIOSSLError.handshakeFailed(let reason): "the TLS handshake failed: \(Self.describe(reason))"
        case is NIOSSLError, is NIOSSLExtraError: "no secure connection: \(error)"
        default: "\(error)"
        }
    }

    /// The words among BoringSSL's numbers and file names: `certificate verify failed`.
    private static func describe(_ error: BoringSSLError) -> String {
        let text = "\(error)"
        guard let start = text.firstRange(of: "OPENSSL_internal:") else { return text }
        let words = text[start.upperBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        return words.lowercased().replacing("_", with: " ")
    }
}
