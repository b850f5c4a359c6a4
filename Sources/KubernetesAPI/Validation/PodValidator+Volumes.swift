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
            for (name, source) in volume.otherSources.sorted(by: { $0.key < $1.key }) {
                validateOtherSource(source, named: name, at: volumePath.child(name))
            }
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
                .unset, .blockDevice, .charDevice, .directory, .directoryOrCreate, .file, .fileOrCreate, .socket,
            ]
            if let type = source.type { collector.checkKnown(sourcePath.child("type"), type, types) }
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
                let detail = "may not specify more than 1 volume type per source"
                collector.forbidden(projectionPath.child(extra), detail)
            }
            let filesPath = projectionPath.child("downwardAPI", "items")
            let files = projection.downwardAPI?.items ?? []
            for (index, file) in files.enumerated() { validateFile(file, at: filesPath.index(index)) }
            refuseRepeated(files.map(\.path), among: &paths, at: filesPath)
            for (field, items) in [("secret", projection.secret?.items), ("configMap", projection.configMap?.items)] {
                let itemsPath = projectionPath.child(field, "items")
                validateItems(items ?? [], at: itemsPath)
                refuseRepeated((items ?? []).map(\.path), among: &paths, at: itemsPath)
            }
            if let token = projection.serviceAccountToken {
                validateToken(token, at: projectionPath.child("serviceAccountToken"))
            }
        }
    }

    private mutating func refuseRepeated(_ files: [String], among paths: inout Set<String>, at path: FieldPath) {
        for (index, file) in files.enumerated() where !file.isEmpty && !paths.insert(file).inserted {
            collector.invalid(path.index(index).child("path"), file, "conflicting duplicate paths")
        }
    }

    private mutating func validateToken(_ token: ServiceAccountTokenProjection, at path: FieldPath) {
        collector.checkRequired(path.child("path"), token.path, NameRules.volumeFilePath)
        let seconds = token.expirationSeconds ?? 3600
        let secondsPath = path.child("expirationSeconds")
        if seconds < 600 {
            collector.invalid(secondsPath, seconds, "may not specify a duration less than 10 minutes")
        }
        if seconds > 1 << 32 {
            collector.invalid(secondsPath, seconds, "may not specify a duration larger than 2^32 seconds")
        }
        if spec.serviceAccountName.isEmpty {
            collector.forbidden(path, "must not be specified when serviceAccountName is not set")
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
            collector.checkRequired(itemPath.child("path"), item.path, NameRules.volumeFilePath)
            validateMode(item.mode, at: itemPath.child("mode"))
        }
    }

    mutating func validateMode(_ mode: Int32?, at path: FieldPath) {
        guard let mode, !(0...0o777).contains(mode) else { return }
        collector.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")
    }
}
