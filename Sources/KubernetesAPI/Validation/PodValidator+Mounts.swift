internal import StructuredData

/// Volumes as containers see them.
extension PodValidator {
    mutating func validateMounts(of container: Container, at path: FieldPath) {
        var mountPaths = Set<String>()
        let devices = Set(container.volumeDevices.map(\.name))
        let devicePaths = Set(container.volumeDevices.map(\.devicePath))
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
            if devicePaths.contains(mount.mountPath) {
                let detail = "must not already exist as a path in volumeDevices"
                collector.invalid(mountPath.child("mountPath"), mount.mountPath, detail)
            }
            validateSubPaths(of: mount, at: mountPath)
            validateModes(of: mount, in: container, at: mountPath)
        }
        validateDevices(of: container, at: path.child("volumeDevices"))
    }

    private mutating func validateDevices(of container: Container, at path: FieldPath) {
        var (names, paths) = (Set<String>(), Set<String>())
        for (index, device) in container.volumeDevices.enumerated() {
            let namePath = path.index(index).child("name")
            let placePath = path.index(index).child("devicePath")
            if device.name.isEmpty {
                collector.required(namePath)
            } else if !names.insert(device.name).inserted {
                collector.invalid(namePath, device.name, "must be unique")
            }
            if let volume = volumes[device.name] {
                if volume.persistentVolumeClaim == nil, volume.otherSources["ephemeral"] == nil {
                    let detail =
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
                    collector.invalid(namePath, device.name, detail)
                }
            } else {
                collector.notFound(namePath, device.name)
            }
            if device.devicePath.isEmpty { collector.required(placePath) }
            if !paths.insert(device.devicePath).inserted {
                collector.invalid(placePath, device.devicePath, "must be unique")
            }
            if NameRules.pathWithoutBacksteps(device.devicePath) != nil {
                collector.invalid(placePath, device.devicePath, "can not contain backsteps ('..')")
            }
            if container.volumeMounts.contains(where: { $0.name == device.name }) {
                collector.invalid(namePath, device.name, "must not already exist in volumeMounts")
            }
            if container.volumeMounts.contains(where: { $0.mountPath == device.devicePath }) {
                let detail = "must not already exist as a path in volumeMounts"
                collector.invalid(placePath, device.devicePath, detail)
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
            collector.checkKnown(propagationPath, propagation, [.bidirectional, .hostToContainer, .none])
            if propagation == .bidirectional, container.securityContext?.privileged != true {
                let detail = "Bidirectional mount propagation is available only to privileged containers"
                collector.forbidden(propagationPath, detail)
            }
        }
        guard let mode = mount.recursiveReadOnly else { return }
        let modePath = path.child("recursiveReadOnly")
        collector.checkKnown(modePath, mode, [.disabled, .enabled, .ifPossible])
        guard mode == .enabled || mode == .ifPossible else { return }
        if !mount.readOnly { collector.forbidden(modePath, "may only be specified when readOnly is true") }
        if let propagation = mount.mountPropagation, propagation != .none {
            collector.forbidden(modePath, "may only be specified when mountPropagation is None or not specified")
        }
    }
}
