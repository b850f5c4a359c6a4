import NIOHTTP1
import StructuredData

/// Why a request was not done, as a Kubernetes client is told.
///
/// The messages are upstream's to the letter where clients show them to people
/// (apimachinery/pkg/api/errors/errors.go).
struct APIError: Error, CustomStringConvertible {
    enum Code: Sendable, Hashable {
        case badRequest
        case unauthorized
        case forbidden
        case notFound
        case alreadyExists
        case conflict
        /// A resource version that is too old; the client must list again.
        case expired
        /// An object, or a parameter, that breaks a rule.
        case invalid
        case methodNotAllowed
        case notAcceptable
        case unsupportedMediaType
        case requestEntityTooLarge
        /// A resource version that is not there yet.
        case timeout
        case internalError
        case serviceUnavailable
    }

    /// One of several things that are wrong.
    struct Cause: Sendable, Hashable {
        /// `FieldValueInvalid`, `FieldValueRequired`…
        var reason: String
        var message: String
        var field: String
    }

    var code: Code
    var message: String
    /// The object's name, where it is known.
    var name = ""
    var group = ""
    /// The resource, or for `invalid` the kind.
    var kind = ""
    var uid = ""
    var causes: [Cause] = []
    var retryAfterSeconds: Int64 = 0
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var description: String { message }

    var httpStatus: HTTPResponseStatus {
        switch code {
        case .badRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .alreadyExists, .conflict: .conflict
        case .expired: .gone
        case .invalid: .unprocessableEntity
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .unsupportedMediaType: .unsupportedMediaType
        case .requestEntityTooLarge: .payloadTooLarge
        case .timeout: .gatewayTimeout
        case .internalError: .internalServerError
        case .serviceUnavailable: .serviceUnavailable
        }
    }

    private var reason: String {
        switch code {
        case .badRequest: "BadRequest"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "NotFound"
        case .alreadyExists: "AlreadyExists"
        case .conflict: "Conflict"
        case .expired: "Expired"
        case .invalid: "Invalid"
        case .methodNotAllowed: "MethodNotAllowed"
        case .notAcceptable: "NotAcceptable"
        case .unsupportedMediaType: "UnsupportedMediaType"
        case .requestEntityTooLarge: "RequestEntityTooLarge"
        case .timeout: "Timeout"
        case .internalError: "InternalError"
        case .serviceUnavailable: "ServiceUnavailable"
        }
    }

    /// The `Status` object that the client gets.
    var status: JSONValue {
        var details = JSONObject()
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        if !kind.isEmpty { details["kind"] = .string(kind) }
        if !uid.isEmpty { details["uid"] = .string(uid) }
        if !causes.isEmpty {
            details["causes"] = .array(
                causes.map {
                    ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)]
                })
        }
        if retryAfterSeconds > 0 { details["retryAfterSeconds"] = .integer(retryAfterSeconds) }
        var status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason),
        ]
        if !details.isEmpty { status["details"] = .object(details) }
        status["code"] = .integer(Int64(httpStatus.code))
        return status
    }
}

// MARK: - The usual ones

extension APIError {
    static func notFound(_ resource: APIResource, _ name: String) -> APIError {
        about(resource, name, .notFound, "\(resource.qualifiedName) \"\(name)\" not found")
    }

    static func alreadyExists(_ resource: APIResource, _ name: String) -> APIError {
        about(resource, name, .alreadyExists, "\(resource.qualifiedName) \"\(name)\" already exists")
    }

    static func conflict(_ resource: APIResource, _ name: String, _ reason: String) -> APIError {
        about(
            resource, name, .conflict,
            "Operation cannot be fulfilled on \(resource.qualifiedName) \"\(name)\": \(reason)")
    }

    static func modified(_ resource: APIResource, _ name: String) -> APIError {
        conflict(
            resource, name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    static func forbidden(_ resource: APIResource, _ name: String, _ reason: String) -> APIError {
        let object = name.isEmpty ? resource.qualifiedName : "\(resource.qualifiedName) \"\(name)\""
        return about(resource, name, .forbidden, "\(object) is forbidden: \(reason)")
    }

    static func invalid(_ resource: APIResource, _ name: String, _ issues: [FieldError]) -> APIError {
        let kind = resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
        let texts = issues.map(\.description)
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var error = APIError(.invalid, "\(kind) \"\(name)\" is invalid: \(list)")
        error.name = name
        error.group = resource.group
        error.kind = resource.kind
        error.causes = issues.map { Cause(reason: $0.reason.rawValue, message: $0.detail, field: $0.field) }
        return error
    }

    /// No such path.
    static let noSuchPath = APIError(.notFound, "the server could not find the requested resource")

    static let methodNotAllowed = APIError(
        .methodNotAllowed, "the server does not allow this method on the requested resource")

    static let unauthorized = APIError(.unauthorized, "Unauthorized")

    private static func about(_ resource: APIResource, _ name: String, _ code: Code, _ message: String) -> APIError {
        var error = APIError(code, message)
        error.name = name
        error.group = resource.group
        error.kind = resource.plural
        return error
    }
}

/// One rule that an object breaks, with the field that breaks it.
struct FieldError: Sendable, Hashable, CustomStringConvertible {
    enum Reason: String, Sendable {
        case invalid = "FieldValueInvalid"
        case required = "FieldValueRequired"
        case forbidden = "FieldValueForbidden"
        case duplicate = "FieldValueDuplicate"
        case notSupported = "FieldValueNotSupported"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case notFound = "FieldValueNotFound"
        case typeInvalid = "FieldValueTypeInvalid"

        var words: String {
            switch self {
            case .invalid: "Invalid value"
            case .required: "Required value"
            case .forbidden: "Forbidden"
            case .duplicate: "Duplicate value"
            case .notSupported: "Unsupported value"
            case .tooLong: "Too long"
            case .tooMany: "Too many"
            case .notFound: "Not found"
            case .typeInvalid: "Invalid value"
            }
        }
    }

    var reason: Reason
    /// `spec.containers[0].image`.
    var field: String
    /// The offending value as JSON shows it; nil for reasons that show none.
    var value: String?
    var message: String

    init(_ reason: Reason, _ field: String, value: String? = nil, _ message: String) {
        self.reason = reason
        self.field = field
        self.value = value
        self.message = message
    }

    var detail: String {
        let shown = value.map { "\(reason.words): \($0)" } ?? reason.words
        return message.isEmpty ? shown : "\(shown): \(message)"
    }

    var description: String { "\(field): \(detail)" }
}
