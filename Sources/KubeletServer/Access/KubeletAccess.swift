import HTTPServing
import Logging
import NIOHTTP1
import PodLifecycle

/// Lets only those requests through whose sender is known and may do what they ask for.
struct KubeletAccess: Sendable {
    private let authenticator: KubeletAuthenticator
    private let authorizer: KubeletAuthorizer
    private let nodeName: String
    private let logger: Logger

    init(configuration: KubeletServerConfiguration, host: KubeletServerHost) {
        authenticator = KubeletAuthenticator(allowsAnonymous: configuration.allowsAnonymous)
        authorizer = KubeletAuthorizer(configuration.authorization) { host.clock.now() }
        nodeName = configuration.nodeName
        logger = host.logger
    }

    /// Answers 401 or 403, or what `handler` answers. The texts are upstream's (`InstallAuthFilter`).
    func response(
        to request: HTTPServerRequest, handler: () async throws -> HTTPServerResponse
    ) async throws -> HTTPServerResponse {
        guard let user = authenticator.user(of: request.peer) else { return .text(.unauthorized, "Unauthorized") }
        let verb = NodeAccess.verb(for: request.method)
        // The root is read as the router reads it, so that no spelling of a path gets by with another path's rights.
        let subresources = NodeAccess.subresources(forRoot: request.pathSegments.first ?? "")
        for subresource in subresources {
            let access = NodeAccess(user: user, verb: verb, subresource: subresource, nodeName: nodeName)
            switch try await decide(access) {
            case .success(true): return try await handler()
            case .success(false): continue
            case .failure(let refusal): return .text(.internalServerError, refusal.message)
            }
        }
        return .text(
            .forbidden,
            "Forbidden (user=\(user.name), verb=\(verb), resource=nodes, "
                + "subresource(s)=[\(subresources.joined(separator: " "))])\n")
    }

    private func decide(_ access: NodeAccess) async throws -> Result<Bool, KubeletServerError> {
        do {
            return .success(try await authorizer.isAllowed(access))
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.error(
                "cannot decide whether a request is allowed",
                metadata: ["user": "\(access.user.name)", "verb": "\(access.verb)", "error": "\(error)"])
            let message =
                "Authorization error (user=\(access.user.name), verb=\(access.verb), resource=nodes, "
                + "subresource=\(access.subresource))"
            return .failure(KubeletServerError(.failed, message, cause: error))
        }
    }
}
