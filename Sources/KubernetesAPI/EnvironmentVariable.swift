package import StructuredData

/// One environment variable.
package struct EnvVar: FieldTableCodable {
    package var name: String = ""
    package var value: String = ""
    package var valueFrom: EnvVarSource?

    package init() {}

    package static let fields = FieldTable<EnvVar> { table in
        table.always("name", \.name)
        table.optional("value", \.value)
        table.optional("valueFrom", \.valueFrom)
    }
}

/// Where the value of a variable comes from; exactly one is set.
package struct EnvVarSource: FieldTableCodable {
    package var fieldRef: ObjectFieldSelector?
    package var resourceFieldRef: ResourceFieldSelector?
    package var configMapKeyRef: ConfigMapKeySelector?
    package var secretKeyRef: SecretKeySelector?
    package var fileKeyRef: FileKeySelector?

    package init() {}

    package static let fields = FieldTable<EnvVarSource> { table in
        table.optional("fieldRef", \.fieldRef)
        table.optional("resourceFieldRef", \.resourceFieldRef)
        table.optional("configMapKeyRef", \.configMapKeyRef)
        table.optional("secretKeyRef", \.secretKeyRef)
        table.optional("fileKeyRef", \.fileKeyRef)
    }
}

/// A field of the pod itself.
package struct ObjectFieldSelector: FieldTableCodable {
    package var apiVersion: String = ""
    package var fieldPath: String = ""

    package init() {}

    package static let fields = FieldTable<ObjectFieldSelector> { table in
        table.optional("apiVersion", \.apiVersion)
        table.always("fieldPath", \.fieldPath)
    }

    /// The key of a reference to one entry of a map: `app` of `metadata.labels['app']`.
    package func key(of field: String) -> String? {
        guard fieldPath.hasPrefix(field + "['"), fieldPath.hasSuffix("']") else { return nil }
        return String(fieldPath.dropFirst(field.count + 2).dropLast(2))
    }
}

/// A resource of a container, divided by the divisor and rounded up.
package struct ResourceFieldSelector: FieldTableCodable {
    package var containerName: String = ""
    package var resource: String = ""
    package var divisor: Quantity?

    package init() {}

    package static let fields = FieldTable<ResourceFieldSelector> { table in
        table.optional("containerName", \.containerName)
        table.always("resource", \.resource)
        table.optional("divisor", \.divisor)
    }
}

/// A key of a ConfigMap. Static pods may not use it.
package struct ConfigMapKeySelector: FieldTableCodable {
    package var name: String = ""
    package var key: String = ""
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<ConfigMapKeySelector> { table in
        table.optional("name", \.name)
        table.always("key", \.key)
        table.optional("optional", \.isOptional)
    }
}

/// A key of a Secret. Static pods may not use it.
package struct SecretKeySelector: FieldTableCodable {
    package var name: String = ""
    package var key: String = ""
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<SecretKeySelector> { table in
        table.optional("name", \.name)
        table.always("key", \.key)
        table.optional("optional", \.isOptional)
    }
}

/// A variable of an env file in a volume.
package struct FileKeySelector: FieldTableCodable {
    package var volumeName: String = ""
    package var path: String = ""
    package var key: String = ""
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<FileKeySelector> { table in
        table.always("volumeName", \.volumeName)
        table.always("path", \.path)
        table.always("key", \.key)
        table.optional("optional", \.isOptional)
    }
}

/// A whole set of variables. Both sources are barred to static pods.
package struct EnvFromSource: FieldTableCodable {
    package var prefix: String = ""
    package var configMapRef: ConfigMapEnvSource?
    package var secretRef: SecretEnvSource?

    package init() {}

    package static let fields = FieldTable<EnvFromSource> { table in
        table.optional("prefix", \.prefix)
        table.optional("configMapRef", \.configMapRef)
        table.optional("secretRef", \.secretRef)
    }
}

/// All keys of a ConfigMap.
package struct ConfigMapEnvSource: FieldTableCodable {
    package var name: String = ""
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<ConfigMapEnvSource> { table in
        table.optional("name", \.name)
        table.optional("optional", \.isOptional)
    }
}

/// All keys of a Secret.
package struct SecretEnvSource: FieldTableCodable {
    package var name: String = ""
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<SecretEnvSource> { table in
        table.optional("name", \.name)
        table.optional("optional", \.isOptional)
    }
}
