internal import StructuredData

extension PodValidator {
    mutating func validateVolumes(at path: FieldPath) {
        var names = Set<String>()
        for (index, volume) in spec.volumes.enumerated() {
            let volumePath = path.index(index)
            if volume.name.isEmpty {
                collector.required(volumePath.child("name"))
            } else if let detail = NameRules.dns1123Label(volume.name) {
                collector.invalid(volumePath.child("name"), volume.name, detail)
            } else if !names.insert(volume.name).inserted {
                collector.duplicate(volumePath.child("name"), volume.name)
            }
            let sources = volume.sourceNames
            if sources.isEmpty { collector.required(volumePath, "must specify a volume type") }
            for extra in sources.dropFirst() {
                collector.forbidden(volumePath.child(extra), "may not specify more than 1 volume type")
            }
            validateLocalSource(of: volume, at: volumePath)
            validateNetworkSource(of: volume, at: volumePath)
            validateObjectSource(of: volume, at: volumePath)
        }
    }

    private mutating func validateLocalSource(of volume: Volume, at path: FieldPath) {
        if let source = volume.emptyDir, let limit = source.sizeLimit, limit < Quantity() {
            let limitPath = path.child("emptyDir", "sizeLimit")
            collector.forbidden(limitPath, "SizeLimit field must be a valid resource quantity")
        }
        if let source = volume.hostPath {
            let sourcePath = path.child("hostPath")
            collector.checkRequired(sourcePath.child("path"), source.path, NameRules.pathWithoutBacksteps)
            let types: [HostPathType] = [
                .unset, .directoryOrCreate, .directory, .fileOrCreate, .file, .socket, .charDevice, .blockDevice,
            ]
            if let type = source.type, !types.contains(type) {
                collector.notSupported(sourcePath.child("type"), type, types.map(\.rawValue))
            }
        }
        if let source = volume.image {
            let sourcePath = path.child("image")
            collector.checkRequired(sourcePath.child("reference"), source.reference)
            collector.checkWord(
                sourcePath.child("pullPolicy"), source.pullPolicy, [.always, .ifNotPresent, .never])
        }
        if let source = volume.downwardAPI {
            validateMode(source.defaultMode, at: path.child("downwardAPI", "defaultMode"))
            for (index, file) in source.items.enumerated() {
                validateFile(file, at: path.child("downwardAPI", "items").index(index))
            }
        }
        if let source = volume.projected { validateProjected(source, at: path.child("projected")) }
    }

    private mutating func validateProjected(_ source: ProjectedVolumeSource, at path: FieldPath) {
        validateMode(source.defaultMode, at: path.child("defaultMode"))
        var paths = Set<String>()
        for (index, projection) in source.sources.enumerated() {
            let projectionPath = path.child("sources").index(index)
            let names = projection.sourceNames
            if names.isEmpty { collector.required(projectionPath, "must specify a volume source") }
            for extra in names.dropFirst() {
                collector.forbidden(projectionPath.child(extra), "may not specify more than 1 volume type")
            }
            for (fileIndex, file) in (projection.downwardAPI?.items ?? []).enumerated() {
                let filePath = projectionPath.child("downwardAPI", "items").index(fileIndex)
                validateFile(file, at: filePath)
                if !file.path.isEmpty, !paths.insert(file.path).inserted {
                    collector.invalid(filePath.child("path"), file.path, "conflicting duplicate paths")
                }
            }
            validateItems(projection.secret?.items ?? [], at: projectionPath.child("secret", "items"))
            validateItems(projection.configMap?.items ?? [], at: projectionPath.child("configMap", "items"))
            if let token = projection.serviceAccountToken {
                let tokenPath = projectionPath.child("serviceAccountToken")
                collector.checkRequired(tokenPath.child("path"), token.path, Self.volumeFilePath)
                if spec.serviceAccountName.isEmpty {
                    collector.forbidden(tokenPath, "must not be specified when serviceAccountName is not set")
                }
            }
        }
    }

    private mutating func validateNetworkSource(of volume: Volume, at path: FieldPath) {
        if let source = volume.nfs {
            let sourcePath = path.child("nfs")
            collector.checkRequired(sourcePath.child("server"), source.server)
            collector.checkRequired(sourcePath.child("path"), source.path) {
                $0.hasPrefix("/") ? nil : "must be an absolute path"
            }
        }
        if let source = volume.iscsi {
            let sourcePath = path.child("iscsi")
            collector.checkRequired(sourcePath.child("targetPortal"), source.targetPortal)
            collector.checkRequired(sourcePath.child("iqn"), source.iqn) { iqn in
                ["iqn", "eui", "naa"].contains(where: iqn.hasPrefix)
                    ? nil : "must be valid format starting with iqn, eui, or naa"
            }
            if !(0...255).contains(source.lun) {
                collector.invalid(sourcePath.child("lun"), source.lun, NameRules.inclusiveRange(0, 255))
            }
            if source.chapAuthDiscovery || source.chapAuthSession, source.secretRef == nil {
                collector.required(sourcePath.child("secretRef"))
            }
        }
        if let source = volume.fc {
            let sourcePath = path.child("fc")
            if source.targetWWNs.isEmpty == source.wwids.isEmpty {
                collector.required(
                    sourcePath.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both")
            }
            if !source.targetWWNs.isEmpty, source.lun == nil {
                collector.required(sourcePath.child("lun"), "lun is required if targetWWNs is specified")
            }
        }
        if let source = volume.flexVolume {
            collector.checkRequired(path.child("flexVolume", "driver"), source.driver)
        }
    }

    private mutating func validateObjectSource(of volume: Volume, at path: FieldPath) {
        if let source = volume.secret {
            collector.checkRequired(path.child("secret", "secretName"), source.secretName)
            validateMode(source.defaultMode, at: path.child("secret", "defaultMode"))
            validateItems(source.items, at: path.child("secret", "items"))
        }
        if let source = volume.configMap {
            collector.checkRequired(path.child("configMap", "name"), source.name)
            validateMode(source.defaultMode, at: path.child("configMap", "defaultMode"))
            validateItems(source.items, at: path.child("configMap", "items"))
        }
        if let source = volume.persistentVolumeClaim {
            collector.checkRequired(path.child("persistentVolumeClaim", "claimName"), source.claimName)
        }
    }

    private mutating func validateItems(_ items: [KeyToPath], at path: FieldPath) {
        for (index, item) in items.enumerated() {
            let itemPath = path.index(index)
            collector.checkRequired(itemPath.child("key"), item.key)
            collector.checkRequired(itemPath.child("path"), item.path, Self.volumeFilePath)
            validateMode(item.mode, at: itemPath.child("mode"))
        }
    }

    mutating func validateMode(_ mode: Int32?, at path: FieldPath) {
        guard let mode, !(0...0o777).contains(mode) else { return }
        collector.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")
    }
}

extension PodValidator {
    mutating func validateMounts(of container: Container, at path: FieldPath) {
        var mountPaths = Set<String>()
        let devices = Set(container.volumeDevices.map(\.name))
        for (index, mount) in container.volumeMounts.enumerated() {
            let mountPath = path.child("volumeMounts").index(index)
            if mount.name.isEmpty { collector.required(mountPath.child("name")) }
            if volumes[mount.name] == nil { collector.notFound(mountPath.child("name"), mount.name) }
            if mount.mountPath.isEmpty { collector.required(mountPath.child("mountPath")) }
            if !mountPaths.insert(mount.mountPath).inserted {
                collector.invalid(mountPath.child("mountPath"), mount.mountPath, "must be unique")
            }
            if devices.contains(mount.name) {
                collector.invalid(mountPath.child("name"), mount.name, "must not already exist in volumeDevices")
            }
            validateSubPaths(of: mount, at: mountPath)
            validateModes(of: mount, in: container, at: mountPath)
        }
        for (index, device) in container.volumeDevices.enumerated() {
            let devicePath = path.child("volumeDevices").index(index)
            collector.checkRequired(devicePath.child("devicePath"), device.devicePath, NameRules.pathWithoutBacksteps)
            guard let volume = volumes[device.name] else {
                collector.notFound(devicePath.child("name"), device.name)
                continue
            }
            if volume.persistentVolumeClaim == nil, volume.otherSources["ephemeral"] == nil {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
                collector.invalid(devicePath.child("name"), device.name, detail)
            }
        }
    }

    private mutating func validateSubPaths(of mount: VolumeMount, at path: FieldPath) {
        if !mount.subPath.isEmpty {
            collector.check(path.child("subPath"), mount.subPath, NameRules.localDescendingPath)
        }
        guard !mount.subPathExpr.isEmpty else { return }
        if !mount.subPath.isEmpty {
            let detail = "subPathExpr and subPath are mutually exclusive"
            collector.invalid(path.child("subPathExpr"), mount.subPathExpr, detail)
        }
        collector.check(path.child("subPathExpr"), mount.subPathExpr, NameRules.localDescendingPath)
    }

    private mutating func validateModes(of mount: VolumeMount, in container: Container, at path: FieldPath) {
        if let propagation = mount.mountPropagation {
            let propagationPath = path.child("mountPropagation")
            collector.checkWord(propagationPath, propagation, [.none, .hostToContainer, .bidirectional])
            if propagation == .bidirectional, container.securityContext?.privileged != true {
                let detail = "Bidirectional mount propagation is available only to privileged containers"
                collector.forbidden(propagationPath, detail)
            }
        }
        guard let mode = mount.recursiveReadOnly else { return }
        let modePath = path.child("recursiveReadOnly")
        collector.checkWord(modePath, mode, [.disabled, .ifPossible, .enabled])
        guard mode != .disabled else { return }
        if !mount.readOnly { collector.forbidden(modePath, "may only be specified when readOnly is true") }
        if let propagation = mount.mountPropagation, propagation != .none {
            collector.forbidden(modePath, "may only be specified when mountPropagation is None or not specified")
        }
    }
}
