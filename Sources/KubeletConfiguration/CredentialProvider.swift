package import StructuredData

/// A program that gives credentials for registries: an entry of `providers` in a `CredentialProviderConfig`.
package struct CredentialProvider: Sendable, Hashable {
    package struct EnvironmentVariable: Sendable, Hashable {
        package var name = ""
        package var value = ""

        package init() {}
    }

    /// What a provider wants to know of a pod's service account.
    package struct TokenAttributes: Sendable, Hashable {
        package var serviceAccountTokenAudience = ""
        package var requireServiceAccount: Bool?
        package var cacheType = ""
        package var requiredServiceAccountAnnotationKeys: [String] = []
        package var optionalServiceAccountAnnotationKeys: [String] = []

        package init() {}
    }

    /// The program's file name.
    package var name = ""
    /// The images it may be asked for, such as `*.registry.example.com/team`.
    package var matchImages: [String] = []
    /// How long an answer is good that doesn't say so itself.
    package var defaultCacheDuration: GoDuration?
    /// The version of the requests and answers.
    package var apiVersion = ""
    package var args: [String] = []
    package var env: [EnvironmentVariable] = []
    package var tokenAttributes: TokenAttributes?

    package init() {}

    /// Whether it can be asked for pods that have no service account, as static pods have none.
    package var isForPodsWithoutServiceAccount: Bool { tokenAttributes?.requireServiceAccount != true }
}

extension CredentialProvider: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.required("name", \.name)
        table.required("matchImages", \.matchImages)
        table.required("defaultCacheDuration", \.defaultCacheDuration)
        table.required("apiVersion", \.apiVersion)
        table.optional("args", \.args)
        table.optional("env", \.env)
        table.optional("tokenAttributes", \.tokenAttributes)
    }
}

extension CredentialProvider.EnvironmentVariable: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.required("name", \.name)
        table.required("value", \.value)
    }
}

extension CredentialProvider.TokenAttributes: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.required("serviceAccountTokenAudience", \.serviceAccountTokenAudience)
        table.required("requireServiceAccount", \.requireServiceAccount)
        table.required("cacheType", \.cacheType)
        table.optional("requiredServiceAccountAnnotationKeys", \.requiredServiceAccountAnnotationKeys)
        table.optional("optionalServiceAccountAnnotationKeys", \.optionalServiceAccountAnnotationKeys)
    }
}
