package import StructuredData

/// A check of a container, repeated; times are in seconds.
package struct Probe: FieldTableCodable {
    package var exec: ExecAction?
    package var httpGet: HTTPGetAction?
    package var tcpSocket: TCPSocketAction?
    package var grpc: GRPCAction?
    package var initialDelaySeconds: Int32 = 0
    package var timeoutSeconds: Int32 = 0
    package var periodSeconds: Int32 = 0
    package var successThreshold: Int32 = 0
    package var failureThreshold: Int32 = 0
    package var terminationGracePeriodSeconds: Int64?

    package init() {}

    package static let fields = FieldTable<Probe> { table in
        table.optional("exec", \.exec)
        table.optional("httpGet", \.httpGet)
        table.optional("tcpSocket", \.tcpSocket)
        table.optional("grpc", \.grpc)
        table.optional("initialDelaySeconds", \.initialDelaySeconds)
        table.optional("timeoutSeconds", \.timeoutSeconds)
        table.optional("periodSeconds", \.periodSeconds)
        table.optional("successThreshold", \.successThreshold)
        table.optional("failureThreshold", \.failureThreshold)
        table.optional("terminationGracePeriodSeconds", \.terminationGracePeriodSeconds)
    }
}

/// Runs a command in the container; exit code 0 is success.
package struct ExecAction: FieldTableCodable {
    package var command: [String] = []

    package init() {}

    package static let fields = FieldTable<ExecAction> { table in
        table.optional("command", \.command)
    }
}

/// Asks an HTTP server; 200 to 399 is success.
package struct HTTPGetAction: FieldTableCodable {
    package var path: String = ""
    package var port: IntOrString = IntOrString()
    /// The pod's IP if empty.
    package var host: String = ""
    package var scheme: URIScheme = ""
    package var httpHeaders: [HTTPHeader] = []

    package init() {}

    package static let fields = FieldTable<HTTPGetAction> { table in
        table.optional("path", \.path)
        table.always("port", \.port)
        table.optional("host", \.host)
        table.optional("scheme", \.scheme)
        table.optional("httpHeaders", \.httpHeaders)
    }
}

/// The scheme of an HTTP check.
package struct URIScheme: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let http: URIScheme = "HTTP"
    package static let https: URIScheme = "HTTPS"
}

/// A request header of an HTTP check.
package struct HTTPHeader: FieldTableCodable {
    package var name: String = ""
    package var value: String = ""

    package init() {}

    package static let fields = FieldTable<HTTPHeader> { table in
        table.always("name", \.name)
        table.always("value", \.value)
    }
}

/// Opens a connection; success when it is accepted.
package struct TCPSocketAction: FieldTableCodable {
    package var port: IntOrString = IntOrString()
    package var host: String = ""

    package init() {}

    package static let fields = FieldTable<TCPSocketAction> { table in
        table.always("port", \.port)
        table.optional("host", \.host)
    }
}

/// Asks a gRPC health service.
package struct GRPCAction: FieldTableCodable {
    package var port: Int32 = 0
    package var service: String?

    package init() {}

    package static let fields = FieldTable<GRPCAction> { table in
        table.always("port", \.port)
        table.optional("service", \.service)
    }
}

/// Does nothing for a while.
package struct SleepAction: FieldTableCodable {
    package var seconds: Int64 = 0

    package init() {}

    package static let fields = FieldTable<SleepAction> { table in
        table.always("seconds", \.seconds)
    }
}

/// What is done when a container starts and before it stops.
package struct Lifecycle: FieldTableCodable {
    package var postStart: LifecycleHandler?
    package var preStop: LifecycleHandler?
    package var stopSignal: String?

    package init() {}

    package static let fields = FieldTable<Lifecycle> { table in
        table.optional("postStart", \.postStart)
        table.optional("preStop", \.preStop)
        table.optional("stopSignal", \.stopSignal)
    }
}

/// One thing to do at a point of a container's life; exactly one is set.
package struct LifecycleHandler: FieldTableCodable {
    package var exec: ExecAction?
    package var httpGet: HTTPGetAction?
    /// Deprecated: accepted, and fails when it runs.
    package var tcpSocket: TCPSocketAction?
    package var sleep: SleepAction?

    package init() {}

    package static let fields = FieldTable<LifecycleHandler> { table in
        table.optional("exec", \.exec)
        table.optional("httpGet", \.httpGet)
        table.optional("tcpSocket", \.tcpSocket)
        table.optional("sleep", \.sleep)
    }
}
