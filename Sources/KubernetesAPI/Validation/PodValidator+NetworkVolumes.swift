internal import StructuredData

/// Sources of volumes that lie elsewhere than on the node.
extension PodValidator {
    mutating func validateNetworkSource(of volume: Volume, at path: FieldPath) {
        if let source = volume.nfs {
            let sourcePath = path.child("nfs")
            collector.checkRequired(sourcePath.child("server"), source.server)
            collector.checkRequired(sourcePath.child("path"), source.path) {
                $0.hasPrefix("/") ? nil : "must be an absolute path"
            }
        }
        if let source = volume.iscsi { validateISCSI(source, of: volume, at: path.child("iscsi")) }
        if let source = volume.fc { validateFibreChannel(source, at: path.child("fc")) }
        if let source = volume.flexVolume {
            let sourcePath = path.child("flexVolume")
            collector.checkRequired(sourcePath.child("driver"), source.driver)
            for option in source.options.keys.sorted() {
                let domain = "." + (option.split(separator: "/", maxSplits: 1).first ?? "").lowercased()
                guard domain.hasSuffix(".kubernetes.io") || domain.hasSuffix(".k8s.io") else { continue }
                let detail = "kubernetes.io and k8s.io namespaces are reserved"
                collector.invalid(sourcePath.child("options").key(option), option, detail)
            }
        }
    }

    private mutating func validateISCSI(_ source: ISCSIVolumeSource, of volume: Volume, at path: FieldPath) {
        collector.checkRequired(path.child("targetPortal"), source.targetPortal)
        collector.checkRequired(path.child("iqn"), source.iqn, Self.iscsiName)
        validateUnit(source.lun, at: path.child("lun"))
        if source.chapAuthDiscovery || source.chapAuthSession, source.secretRef == nil {
            collector.required(path.child("secretRef"))
        }
        guard let initiator = source.initiatorName else { return }
        collector.check(path.child("initiatorName"), initiator, Self.iscsiName)
        if "\(volume.name):\(source.targetPortal)".utf8.count > 64 {
            let detail =
                "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
                + "if iscsi.initiatorName is specified."
            collector.invalid(path.child("targetPortal"), source.targetPortal, detail)
        }
    }

    private mutating func validateFibreChannel(_ source: FCVolumeSource, at path: FieldPath) {
        let namesPath = path.child("targetWWNs")
        if source.targetWWNs.isEmpty, source.wwids.isEmpty {
            collector.required(namesPath, "must specify either targetWWNs or wwids, but not both")
        }
        if source.targetWWNs.isEmpty { return }
        if !source.wwids.isEmpty {
            let detail = "targetWWNs and wwids can not be specified simultaneously"
            collector.invalid(namesPath, json: .array(source.targetWWNs.map { .string($0) }), detail)
        }
        if let unit = source.lun {
            validateUnit(unit, at: path.child("lun"))
        } else {
            collector.required(path.child("lun"), "lun is required if targetWWNs is specified")
        }
    }

    private mutating func validateUnit(_ unit: Int32, at path: FieldPath) {
        if !(0...255).contains(unit) { collector.invalid(path, unit, NameRules.inclusiveRange(0, 255)) }
    }

    /// `iqn.2001-04.com.example:disk`, `eui.` and 16, or `naa.` and 32 letters and digits.
    private static func iscsiName(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let rest = bytes.dropFirst(4)
        let isValid: Bool
        switch text.prefix(3) {
        case "iqn": isValid = bytes.count > 4 && bytes[3] == UInt8(ascii: ".") && isQualifiedISCSIName(rest)
        case "eui": isValid = rest.count == 16 && rest.allSatisfy(NameRules.isAlphanumeric)
        case "naa": isValid = rest.count == 32 && rest.allSatisfy(NameRules.isAlphanumeric)
        default: return "must be valid format starting with iqn, eui, or naa"
        }
        return isValid ? nil : "must be valid format"
    }

    /// `2001-04.com.example:disk`.
    private static func isQualifiedISCSIName(_ bytes: ArraySlice<UInt8>) -> Bool {
        let date = Array(bytes.prefix(8))
        guard date.count == 8, date[4] == UInt8(ascii: "-"), date[7] == UInt8(ascii: "."),
            (date[..<4] + date[5..<7]).allSatisfy(NameRules.isDigit)
        else { return false }
        let rest = bytes.dropFirst(8)
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let (authority, name) = (rest[..<colon], rest[(colon + 1)...])
        return !authority.isEmpty && !name.isEmpty
            && authority.allSatisfy { NameRules.isAlphanumeric($0) || "-.".utf8.contains($0) }
            && !name.contains { ",;*&$| \t\n\r".utf8.contains($0) }
    }

    /// The fields without which a source of another kind says nothing.
    private static let requiredFields = [
        "awsElasticBlockStore": ["volumeID"], "azureDisk": ["diskName", "diskURI"],
        "azureFile": ["secretName", "shareName"], "cephfs": ["monitors"], "cinder": ["volumeID"], "csi": ["driver"],
        "ephemeral": ["volumeClaimTemplate"], "gcePersistentDisk": ["pdName"], "gitRepo": ["repository"],
        "glusterfs": ["endpoints", "path"], "photonPersistentDisk": ["pdID"], "portworxVolume": ["volumeID"],
        "quobyte": ["registry", "volume"], "rbd": ["monitors", "image"],
        "scaleIO": ["gateway", "system", "volumeName"], "vsphereVolume": ["volumePath"],
    ]

    mutating func validateOtherSource(_ source: JSONValue, named name: String, at path: FieldPath) {
        for field in Self.requiredFields[name] ?? [] {
            switch source[field] {
            case nil, .null?, .string("")?, .array([])?: collector.required(path.child(field))
            default: break
            }
        }
        if name == "gitRepo", let directory = source["directory"]?.stringValue {
            collector.check(path.child("directory"), directory, NameRules.localDescendingPath)
        }
    }
}
