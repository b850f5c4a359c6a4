package import StructuredData

/// What the API server answers when it does not answer with an object.
package struct Status: FieldTableCodable {
    package var kind: String = "Status"
    package var apiVersion: String = "v1"
    package var metadata: ListMeta = ListMeta()
    /// `Success` or `Failure`.
    package var status: String = ""
    package var message: String = ""
    package var reason: StatusReason = ""
    package var details: StatusDetails?
    /// The HTTP status.
    package var code: Int32 = 0

    package init() {}

    package static let fields = FieldTable<Status> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.optional("status", \.status)
        table.optional("message", \.message)
        table.optional("reason", \.reason)
        table.optional("details", \.details)
        table.optional("code", \.code)
    }
}

/// What a `Status` is about.
package struct StatusDetails: FieldTableCodable {
    package var name: String = ""
    package var group: String = ""
    package var kind: String = ""
    package var uid: String = ""
    package var causes: [StatusCause] = []
    package var retryAfterSeconds: Int32 = 0

    package init() {}

    package static let fields = FieldTable<StatusDetails> { table in
        table.optional("name", \.name)
        table.optional("group", \.group)
        table.optional("kind", \.kind)
        table.optional("uid", \.uid)
        table.optional("causes", \.causes)
        table.optional("retryAfterSeconds", \.retryAfterSeconds)
    }
}

/// One of several reasons of a failure.
package struct StatusCause: FieldTableCodable {
    package var reason: String = ""
    package var message: String = ""
    package var field: String = ""

    package init() {}

    package static let fields = FieldTable<StatusCause> { table in
        table.optional("reason", \.reason)
        table.optional("message", \.message)
        table.optional("field", \.field)
    }
}

/// Why a request failed, for machines to read.
package struct StatusReason: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unauthorized: StatusReason = "Unauthorized"
    package static let forbidden: StatusReason = "Forbidden"
    package static let notFound: StatusReason = "NotFound"
    package static let alreadyExists: StatusReason = "AlreadyExists"
    package static let conflict: StatusReason = "Conflict"
    package static let gone: StatusReason = "Gone"
    package static let expired: StatusReason = "Expired"
    package static let invalid: StatusReason = "Invalid"
    package static let serverTimeout: StatusReason = "ServerTimeout"
    package static let timeout: StatusReason = "Timeout"
    package static let tooManyRequests: StatusReason = "TooManyRequests"
    package static let badRequest: StatusReason = "BadRequest"
    package static let methodNotAllowed: StatusReason = "MethodNotAllowed"
    package static let notAcceptable: StatusReason = "NotAcceptable"
    package static let unsupportedMediaType: StatusReason = "UnsupportedMediaType"
    package static let internalError: StatusReason = "InternalError"
    package static let serviceUnavailable: StatusReason = "ServiceUnavailable"
    package static let requestEntityTooLarge: StatusReason = "RequestEntityTooLarge"
}
