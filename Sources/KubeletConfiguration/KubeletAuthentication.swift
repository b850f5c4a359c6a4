package import StructuredData

/// Who may connect to the kubelet's server, and how that is found out.
package struct KubeletAuthentication: Sendable, Hashable {
    package struct X509: Sendable, Hashable {
        /// PEM bundle of the authorities whose client certificates are accepted; empty for none.
        package var clientCAFile = ""

        package init() {}
    }

    package struct Webhook: Sendable, Hashable {
        /// Whether bearer tokens are checked by TokenReviews of the API server.
        package var enabled = true
        package var cacheTTL = GoDuration.zero

        package init() {}
    }

    package struct Anonymous: Sendable, Hashable {
        package var enabled = false

        package init() {}
    }

    package var x509 = X509()
    package var webhook = Webhook()
    package var anonymous = Anonymous()

    package init() {}
}

/// What those who are connected may do.
package struct KubeletAuthorization: Sendable, Hashable {
    package struct Webhook: Sendable, Hashable {
        package var cacheAuthorizedTTL = GoDuration.zero
        package var cacheUnauthorizedTTL = GoDuration.zero

        package init() {}
    }

    package static let alwaysAllow = "AlwaysAllow"
    package static let webhook = "Webhook"

    /// `AlwaysAllow` or `Webhook` (SubjectAccessReviews of the API server).
    package var mode = ""
    package var webhook = Webhook()

    package init() {}
}

extension KubeletAuthentication: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.always("x509", \.x509)
        table.always("webhook", \.webhook)
        table.always("anonymous", \.anonymous)
    }
}

extension KubeletAuthentication.X509: FieldTableCodable {
    package static let fields = FieldTable<Self> { $0.optional("clientCAFile", \.clientCAFile) }
}

extension KubeletAuthentication.Webhook: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.always("enabled", \.enabled)
        table.always("cacheTTL", \.cacheTTL)
    }
}

extension KubeletAuthentication.Anonymous: FieldTableCodable {
    package static let fields = FieldTable<Self> { $0.always("enabled", \.enabled) }
}

extension KubeletAuthorization: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.optional("mode", \.mode)
        table.always("webhook", \.webhook)
    }
}

extension KubeletAuthorization.Webhook: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.always("cacheAuthorizedTTL", \.cacheAuthorizedTTL)
        table.always("cacheUnauthorizedTTL", \.cacheUnauthorizedTTL)
    }
}
