import HTTPServing
import KubernetesAPI
import Logging
import NIOHTTP1
import ObjectStore
import StructuredData

/// Answers every request: finds out who asks for what, whether they may, and which handler knows.
struct APIRouter: Sendable {
    let registry: ResourceRegistry
    let authorizer = Authorizer()
    let storage: ResourceStorage
    let kubelets: KubeletConnector
    let now: @Sendable () -> Timestamp
    let logger: Logger

    private static let methods: Set<String> = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]

    private var admission: Admission { Admission(storage: storage) }
    private var deletion: ObjectDeletion {
        ObjectDeletion(storage: storage, admission: admission, registry: registry)
    }
    private var updater: ObjectUpdater {
        ObjectUpdater(storage: storage, admission: admission, deletion: deletion)
    }

    /// Never throws anything but `CancellationError`: what goes wrong becomes a `Status`.
    func respond(to request: HTTPServerRequest) async throws -> HTTPServerResponse {
        do {
            return try await route(request)
        } catch let error as APIError {
            if error.code == .internalError {
                logger.error(
                    "request failed",
                    metadata: ["method": "\(request.method)", "path": "\(request.path)", "error": "\(error)"])
            }
            return JSONResponse.error(error)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as HTTPServingError {
            throw error
        } catch {
            logger.error(
                "request failed",
                metadata: ["method": "\(request.method)", "path": "\(request.path)", "error": "\(error)"])
            return JSONResponse.error(APIError(.internalError, "Internal error occurred: \(error)", cause: error))
        }
    }

    private func route(_ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let user = try Authenticator.user(of: request)
        guard Self.methods.contains(request.method) else { throw APIError.methodNotAllowed }
        let segments = request.pathSegments
        let selected = try? FieldSelector(parsing: request.query["fieldSelector"] ?? "")
        let info = RequestInfo(
            method: request.method, path: request.path, segments: segments,
            isWatch: ListOptions.isTrue(request.query["watch"]),
            selectedName: selected?.requiredValue("metadata.name"))
        let access = AccessAttributes(user: user, info: info, method: request.method)
        if let refusal = authorizer.refusal(of: access, selectedNode: selected?.requiredValue("spec.nodeName")) {
            throw user.isAnonymous ? APIError.unauthorized : forbidden(refusal, access)
        }
        guard let path = info.resource, !path.plural.isEmpty else {
            return try pathResponse(request, segments)
        }
        guard let resource = registry.resource(group: path.group, version: path.version, plural: path.plural) else {
            throw APIError.noSuchPath
        }
        guard path.namespace.isEmpty || resource.isNamespaced, path.namesAreSegments else { throw APIError.noSuchPath }
        let call = APICall(http: request, info: info, path: path, resource: resource, user: user, now: now())
        return try await respond(to: call)
    }

    private func forbidden(_ refusal: String, _ access: AccessAttributes) -> APIError {
        guard access.path.isEmpty else { return APIError(.forbidden, "forbidden: \(refusal)") }
        guard
            let resource = registry.resources.first(where: {
                $0.group == access.group && $0.plural == access.resource
            })
        else {
            return APIError(.forbidden, "\(access.resource) is forbidden: \(refusal)")
        }
        return APIError.forbidden(resource, access.name, refusal)
    }

    // MARK: - Paths that are no resource's

    private func pathResponse(_ request: HTTPServerRequest, _ segments: [String]) throws -> HTTPServerResponse {
        guard ["GET", "HEAD"].contains(request.method) else { throw APIError.methodNotAllowed }
        switch segments.first {
        case "healthz", "livez", "readyz": return .text(.ok, "ok")
        case "version" where segments.count == 1: return JSONResponse.value(ServerVersion.document)
        case "api", "apis": return try DiscoveryHandler(registry: registry).respond(to: request, segments: segments)
        case "openapi": return try OpenAPIHandler(registry: registry).respond(segments: segments)
        default: throw APIError.noSuchPath
        }
    }

    // MARK: - Resources

    private func respond(to call: APICall) async throws -> HTTPServerResponse {
        if !call.path.subresource.isEmpty { return try await subresourceResponse(call) }
        guard call.resource.verbs.contains(call.info.verb.rawValue) else { throw APIError.methodNotAllowed }
        // Objects are created in collections, and changed one by one.
        switch call.info.verb {
        case .create where !call.path.name.isEmpty: throw APIError.methodNotAllowed
        case .update where call.path.name.isEmpty, .patch where call.path.name.isEmpty:
            throw APIError.methodNotAllowed
        default: break
        }
        if !call.resource.verbs.contains("get") {
            return try await ReviewHandler(authorizer: authorizer).respond(to: call)
        }
        switch call.info.verb {
        case .get: return try await GetHandler(storage: storage).respond(to: call)
        case .list: return try await ListHandler(storage: storage).respond(to: call)
        case .watch: return try await WatchHandler(storage: storage, now: now).respond(to: call)
        case .create: return try await CreateHandler(storage: storage, admission: admission).respond(to: call)
        case .update: return try await UpdateHandler(updater: updater).respond(to: call)
        case .patch: return try await PatchHandler(updater: updater).respond(to: call)
        case .delete: return try await DeleteHandler(deletion: deletion).respond(to: call)
        case .deletecollection:
            return try await DeleteCollectionHandler(storage: storage, deletion: deletion).respond(to: call)
        }
    }

    private func subresourceResponse(_ call: APICall) async throws -> HTTPServerResponse {
        guard let subresource = call.resource.subresource(call.path.subresource) else { throw APIError.noSuchPath }
        if subresource.name != "proxy" {
            guard call.path.rest.isEmpty else { throw APIError.noSuchPath }
            guard subresource.verbs.contains(call.info.verb.rawValue) else { throw APIError.methodNotAllowed }
        }
        switch (call.resource.plural, subresource.name) {
        case ("nodes", "proxy"): return try await NodeProxyHandler(kubelets: kubelets).respond(to: call)
        case ("pods", "log"), ("pods", "exec"), ("pods", "attach"), ("pods", "portforward"):
            return try await PodConnectHandler(storage: storage, kubelets: kubelets).respond(to: call)
        case ("pods", "eviction"): return try await DeleteHandler(deletion: deletion).evict(call)
        default: break
        }
        switch call.info.verb {
        case .get: return try await GetHandler(storage: storage).respond(to: call)
        case .update: return try await UpdateHandler(updater: updater).respond(to: call)
        case .patch: return try await PatchHandler(updater: updater).respond(to: call)
        default: throw APIError.methodNotAllowed
        }
    }
}

/// What the server says that it is.
///
/// The number decides which kubectl Google's dispatcher runs, and nothing else: 1.33 is the newest that exists there,
/// and clients down to 1.20 only warn of the distance when asked for versions.
enum ServerVersion {
    static let document: JSONValue = [
        "major": "1", "minor": "33", "gitVersion": "v1.33.0+swiftlet", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
    ]
}
