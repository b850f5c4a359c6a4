internal import StructuredData

extension PodValidator {
    private static let variableFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let fileFields = [
        "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid",
    ]
    /// What upstream can convert, whether it is of use at the place or not.
    private static let convertibleFields = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.host",
        "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let resourceFields = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory",
        "requests.cpu", "requests.ephemeral-storage", "requests.memory",
    ]

    mutating func validateEnvironment(of container: Container, at path: FieldPath) {
        for (index, variable) in container.env.enumerated() {
            let variablePath = path.child("env").index(index)
            collector.checkRequired(variablePath.child("name"), variable.name, NameRules.environmentName)
            if let source = variable.valueFrom {
                validateSource(source, of: variable, at: variablePath.child("valueFrom"))
            }
        }
        for (index, source) in container.envFrom.enumerated() {
            validateEnvironmentSource(source, at: path.child("envFrom").index(index))
        }
    }

    private mutating func validateSource(_ source: EnvVarSource, of variable: EnvVar, at path: FieldPath) {
        var count = 0
        if let selector = source.fieldRef {
            count += 1
            validateField(selector, among: Self.variableFields, at: path.child("fieldRef"))
        }
        if let selector = source.resourceFieldRef {
            count += 1
            validateResource(selector, inVolume: false, at: path.child("resourceFieldRef"))
        }
        if let selector = source.configMapKeyRef {
            count += 1
            validateKey(name: selector.name, key: selector.key, at: path.child("configMapKeyRef"))
        }
        if let selector = source.secretKeyRef {
            count += 1
            validateKey(name: selector.name, key: selector.key, at: path.child("secretKeyRef"))
        }
        if let selector = source.fileKeyRef {
            count += 1
            validateFileKey(selector, at: path.child("fileKeyRef"))
        }
        if count == 0 {
            let kinds = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            collector.invalid(path, "", "must specify one of: \(kinds)")
        } else if !variable.value.isEmpty {
            collector.invalid(path, "", "may not be specified when `value` is not empty")
        } else if count > 1 {
            collector.invalid(path, "", "may not have more than one field specified at a time")
        }
    }

    private mutating func validateKey(name: String, key: String, at path: FieldPath) {
        collector.check(path.child("name"), name, NameRules.dns1123Subdomain)
        collector.checkRequired(path.child("key"), key, NameRules.configMapKey)
    }

    private mutating func validateFileKey(_ selector: FileKeySelector, at path: FieldPath) {
        collector.checkRequired(path.child("key"), selector.key, NameRules.environmentName)
        collector.checkRequired(path.child("path"), selector.path, NameRules.pathWithoutBacksteps)
        let volumePath = path.child("volumeName")
        collector.checkRequired(volumePath, selector.volumeName, NameRules.dns1123Label)
        if volumes[selector.volumeName] == nil {
            collector.notFound(volumePath, selector.volumeName)
        } else if volumes[selector.volumeName]?.emptyDir == nil {
            collector.invalid(volumePath, selector.volumeName, "referenced volume must be of type emptyDir")
        }
    }

    private mutating func validateEnvironmentSource(_ source: EnvFromSource, at path: FieldPath) {
        collector.check(path.child("prefix"), source.prefix, NameRules.environmentName)
        var count = 0
        if let reference = source.configMapRef {
            count += 1
            collector.checkRequired(path.child("configMapRef", "name"), reference.name, NameRules.dns1123Subdomain)
        }
        if let reference = source.secretRef {
            count += 1
            collector.checkRequired(path.child("secretRef", "name"), reference.name, NameRules.dns1123Subdomain)
        }
        if count == 0 {
            collector.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        } else if count > 1 {
            collector.invalid(path, "", "may not have more than one field specified at a time")
        }
    }

    /// A file of a downward API volume.
    mutating func validateFile(_ file: DownwardAPIVolumeFile, at path: FieldPath) {
        collector.checkRequired(path.child("path"), file.path, NameRules.volumeFilePath)
        switch (file.fieldRef, file.resourceFieldRef) {
        case (let selector?, nil): validateField(selector, among: Self.fileFields, at: path.child("fieldRef"))
        case (nil, let selector?): validateResource(selector, inVolume: true, at: path.child("resourceFieldRef"))
        case (let selector?, .some):
            validateField(selector, among: Self.fileFields, at: path.child("fieldRef"))
            collector.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
        case (nil, nil): collector.required(path, "one of fieldRef and resourceFieldRef is required")
        }
        validateMode(file.mode, at: path.child("mode"))
    }

    private mutating func validateField(
        _ selector: ObjectFieldSelector, among supported: [String], at path: FieldPath
    ) {
        if selector.apiVersion.isEmpty { return collector.required(path.child("apiVersion")) }
        if selector.fieldPath.isEmpty { return collector.required(path.child("fieldPath")) }
        var text = selector.fieldPath
        let textPath = path.child("fieldPath")
        let (field, key) = Self.subscripted(text)
        let isKeyed = field == "metadata.labels" || field == "metadata.annotations"
        let fault: String? =
            if selector.apiVersion != "v1" {
                "unsupported pod version: \(selector.apiVersion)"
            } else if key != nil {
                isKeyed ? nil : "field label does not support subscript: \(text)"
            } else {
                Self.convertibleFields.contains(text) ? nil : "field label not supported: \(text)"
            }
        if let fault { return collector.invalid(textPath, text, "error converting fieldPath: \(fault)") }
        if let key {
            let isLabel = field == "metadata.labels"
            return collector.check(textPath, isLabel ? key : key.lowercased(), NameRules.qualifiedName)
        }
        if text == "spec.host" { text = "spec.nodeName" }
        if !supported.contains(text) { collector.notSupported(textPath, text, supported.sorted()) }
    }

    /// Takes `metadata.labels['x']` apart.
    private static func subscripted(_ text: String) -> (field: String, key: String?) {
        let body = text.dropLast(2)
        guard text.hasSuffix("']"), let bracket = body.firstRange(of: "['"), bracket.lowerBound > body.startIndex
        else { return (text, nil) }
        return (String(body[..<bracket.lowerBound]), String(body[bracket.upperBound...]))
    }

    private mutating func validateResource(_ selector: ResourceFieldSelector, inVolume: Bool, at path: FieldPath) {
        let isHugePages = ["limits.hugepages-", "requests.hugepages-"].contains(where: selector.resource.hasPrefix)
        if inVolume, selector.containerName.isEmpty {
            collector.required(path.child("containerName"))
        } else if selector.resource.isEmpty {
            collector.required(path.child("resource"))
        } else if !Self.resourceFields.contains(selector.resource), !isHugePages {
            collector.notSupported(path.child("resource"), selector.resource, Self.resourceFields)
        }
        guard let divisor = selector.divisor, !divisor.isZero else { return }
        let kinds = [
            "limits.cpu": "cpu", "limits.memory": "memory", "limits.ephemeral-storage": "local ephemeral storage",
        ]
        let limit = selector.resource.replacing("requests.", with: "limits.", maxReplacements: 1)
        guard let kind = isHugePages ? "hugepages" : kinds[limit] else { return }
        let supported =
            kind == "cpu"
            ? ["1m", "1"] : ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]
        guard !supported.contains(divisor.description) else { return }
        let list = supported.joined(separator: kind == "cpu" ? " and " : ", ")
        let detail = "only divisor's values \(list) are supported with the \(kind) resource"
        collector.invalid(path.child("divisor"), selector.resource, detail)
    }
}
