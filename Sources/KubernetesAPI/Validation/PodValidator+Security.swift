internal import StructuredData

extension PodValidator {
    mutating func validatePodSecurity(at path: FieldPath) {
        if !usesHostUsers {
            let hostFields = [
                ("hostNetwork", spec.hostNetwork), ("hostPID", spec.hostPID), ("hostIPC", spec.hostIPC),
            ]
            for (field, isSet) in hostFields where isSet {
                collector.forbidden(path.child(field), "when `hostUsers` is false")
            }
            for (container, containerPath) in allContainers where !container.volumeDevices.isEmpty {
                collector.forbidden(containerPath.child("volumeDevices"), "when `hostUsers` is false")
            }
        }
        if spec.hostPID, spec.shareProcessNamespace == true {
            let detail = "ShareProcessNamespace and HostPID cannot both be enabled"
            collector.invalid(path.child("shareProcessNamespace"), json: .bool(true), detail)
        }
        guard let context = spec.securityContext else { return }
        validate(context, at: path.child("securityContext"))
    }

    private mutating func validate(_ context: PodSecurityContext, at path: FieldPath) {
        validateID(context.runAsUser, at: path.child("runAsUser"))
        validateID(context.runAsGroup, at: path.child("runAsGroup"))
        validateID(context.fsGroup, at: path.child("fsGroup"))
        for (index, group) in context.supplementalGroups.enumerated() {
            validateID(group, at: path.child("supplementalGroups").index(index))
        }
        if let policy = context.fsGroupChangePolicy {
            collector.checkKnown(path.child("fsGroupChangePolicy"), policy, [.always, .onRootMismatch])
        }
        if let policy = context.supplementalGroupsPolicy {
            collector.checkKnown(path.child("supplementalGroupsPolicy"), policy, [.merge, .strict])
        }
        if let policy = context.seLinuxChangePolicy, policy != "Recursive", policy != "MountOption" {
            collector.notSupported(path.child("seLinuxChangePolicy"), policy, ["MountOption", "Recursive"])
        }
        validateProfile(context.seccompProfile, at: path.child("seccompProfile"))
        validateWindowsOptions(context.windowsOptions, at: path.child("windowsOptions"))
        validateProfile(context.appArmorProfile, at: path.child("appArmorProfile"))
        validateSysctls(context.sysctls, at: path.child("sysctls"))
    }

    private mutating func validateID(_ id: Int64?, at path: FieldPath) {
        guard let id, !(0...Int64(Int32.max)).contains(id) else { return }
        collector.invalid(path, id, NameRules.inclusiveRange(0, Int(Int32.max)))
    }

    private mutating func validateSysctls(_ sysctls: [Sysctl], at path: FieldPath) {
        var names = Set<String>()
        for (index, sysctl) in sysctls.enumerated() {
            let namePath = path.index(index).child("name")
            if sysctl.name.isEmpty {
                collector.required(namePath)
                continue
            }
            if !SysctlName.isValid(sysctl.name) {
                let word = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
                let detail = "must have at most 253 characters and match regex ^(\(word)[\\./])*\(word)$"
                collector.invalid(namePath, sysctl.name, detail)
            } else if !names.insert(sysctl.name).inserted {
                collector.duplicate(namePath, sysctl.name)
            }
            switch SysctlName.namespace(of: SysctlName.normalized(sysctl.name)) {
            case .network where spec.hostNetwork:
                collector.invalid(namePath, sysctl.name, "may not be specified when 'hostNetwork' is true")
            case .ipc where spec.hostIPC:
                collector.invalid(namePath, sysctl.name, "may not be specified when 'hostIPC' is true")
            default: break
            }
        }
    }

    mutating func validateSecurity(_ context: SecurityContext?, at path: FieldPath) {
        guard let context else { return }
        validateID(context.runAsUser, at: path.child("runAsUser"))
        validateID(context.runAsGroup, at: path.child("runAsGroup"))
        validateProfile(context.seccompProfile, at: path.child("seccompProfile"))
        validateWindowsOptions(context.windowsOptions, at: path.child("windowsOptions"))
        validateProfile(context.appArmorProfile, at: path.child("appArmorProfile"))
        if let procMount = context.procMount {
            collector.checkKnown(path.child("procMount"), procMount, [.masked, .unmasked])
            if procMount == .unmasked, usesHostUsers {
                let detail = "`hostUsers` must be false to use `Unmasked`"
                collector.invalid(path.child("procMount"), procMount.rawValue, detail)
            }
        }
        guard context.allowPrivilegeEscalation == false else { return }
        let escalationPath = path.child("allowPrivilegeEscalation")
        if context.privileged == true {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            collector.invalid(escalationPath, json: .bool(false), detail)
        }
        if context.capabilities?.add.contains("CAP_SYS_ADMIN") == true {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            collector.invalid(escalationPath, json: .bool(false), detail)
        }
    }

    private static let profileTypes: [SecurityProfileType] = [.localhost, .runtimeDefault, .unconfined]

    private mutating func validateProfile(_ profile: SeccompProfile?, at path: FieldPath) {
        guard let profile else { return }
        if profile.type.rawValue.isEmpty {
            collector.required(path.child("type"), "type is required when seccompProfile is set")
        } else {
            collector.checkKnown(path.child("type"), profile.type, Self.profileTypes)
        }
        let filePath = path.child("localhostProfile")
        switch (profile.type, profile.localhostProfile) {
        // Upstream lets an empty name through, which no container could be made with.
        case (.localhost, nil), (.localhost, ""):
            collector.required(filePath, "must be set when seccomp type is Localhost")
        case (.localhost, let file?): collector.check(filePath, file, NameRules.localDescendingPath)
        case (_, let file?): collector.invalid(filePath, file, "can only be set when seccomp type is Localhost")
        case (_, nil): break
        }
    }

    private mutating func validateProfile(_ profile: AppArmorProfile?, at path: FieldPath) {
        guard let profile else { return }
        let filePath = path.child("localhostProfile")
        switch (profile.type, profile.localhostProfile) {
        case (.localhost, nil), (.localhost, ""):
            collector.required(filePath, "must be set when AppArmor type is Localhost")
        case (.localhost, let file?):
            if file.first?.isWhitespace == true || file.last?.isWhitespace == true {
                collector.invalid(filePath, file, "must not be padded with whitespace")
            }
            // PATH_MAX without its zero.
            if file.utf8.count > 4095 { collector.tooLong(filePath, limit: 4095) }
        case (.runtimeDefault, let file?), (.unconfined, let file?):
            collector.invalid(filePath, file, "can only be set when AppArmor type is Localhost")
        case ("", _): collector.required(path.child("type"), "type is required when appArmorProfile is set")
        default: collector.checkKnown(path.child("type"), profile.type, Self.profileTypes)
        }
    }
}
