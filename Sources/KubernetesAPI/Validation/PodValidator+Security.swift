internal import StructuredData

extension PodValidator {
    /// Sysctls that belong to a namespace, by the namespace that must not be the host's.
    private static let networkSysctlPrefix = "net."
    private static let ipcSysctlPrefixes = ["kernel.shm", "kernel.msg", "fs.mqueue."]

    mutating func validatePodSecurity(at path: FieldPath) {
        if !usesHostUsers {
            let hostFields = [
                ("hostNetwork", spec.hostNetwork), ("hostPID", spec.hostPID), ("hostIPC", spec.hostIPC),
            ]
            for (field, isSet) in hostFields where isSet {
                collector.forbidden(path.child(field), "when `hostUsers` is false")
            }
        }
        if spec.hostPID, spec.shareProcessNamespace == true {
            let detail = "ShareProcessNamespace and HostPID cannot both be enabled"
            collector.invalid(path.child("shareProcessNamespace"), "true", detail)
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
            collector.checkWord(path.child("fsGroupChangePolicy"), policy, [.onRootMismatch, .always])
        }
        if let policy = context.supplementalGroupsPolicy {
            collector.checkWord(path.child("supplementalGroupsPolicy"), policy, [.merge, .strict])
        }
        if let policy = context.seLinuxChangePolicy, policy != "Recursive", policy != "MountOption" {
            collector.notSupported(path.child("seLinuxChangePolicy"), policy, ["MountOption", "Recursive"])
        }
        validateProfile(context.seccompProfile, at: path.child("seccompProfile"))
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
            let name = String(sysctl.name.map { $0 == "/" ? "." : $0 })
            if name.isEmpty {
                collector.required(namePath)
                continue
            }
            if !Self.isSysctlName(name) {
                collector.invalid(
                    namePath, sysctl.name, "must have at most 253 characters, words of a-z, 0-9, '-', '_'")
            } else if !names.insert(name).inserted {
                collector.duplicate(namePath, sysctl.name)
            }
            if spec.hostNetwork, name.hasPrefix(Self.networkSysctlPrefix) {
                collector.invalid(namePath, sysctl.name, "may not be specified when 'hostNetwork' is true")
            }
            if spec.hostIPC, Self.ipcSysctlPrefixes.contains(where: name.hasPrefix) {
                collector.invalid(namePath, sysctl.name, "may not be specified when 'hostIPC' is true")
            }
        }
    }

    private static func isSysctlName(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
                guard let first = word.first, let last = word.last, first != "-", first != "_" else { return false }
                return last != "-" && last != "_"
                    && word.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == "_") }
            }
    }

    mutating func validateSecurity(_ context: SecurityContext?, at path: FieldPath) {
        guard let context else { return }
        validateID(context.runAsUser, at: path.child("runAsUser"))
        validateID(context.runAsGroup, at: path.child("runAsGroup"))
        validateProfile(context.seccompProfile, at: path.child("seccompProfile"))
        validateProfile(context.appArmorProfile, at: path.child("appArmorProfile"))
        if let procMount = context.procMount {
            collector.checkWord(path.child("procMount"), procMount, [.masked, .unmasked])
            if procMount == .unmasked, usesHostUsers {
                let detail = "`hostUsers` must be false to use `Unmasked`"
                collector.invalid(path.child("procMount"), procMount.rawValue, detail)
            }
        }
        guard context.allowPrivilegeEscalation == false else { return }
        let escalationPath = path.child("allowPrivilegeEscalation")
        if context.privileged == true {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            collector.invalid(escalationPath, "false", detail)
        }
        if context.capabilities?.add.contains("CAP_SYS_ADMIN") == true {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            collector.invalid(escalationPath, "false", detail)
        }
    }

    private mutating func validateProfile(_ profile: SeccompProfile?, at path: FieldPath) {
        guard let profile else { return }
        validateProfile(
            type: profile.type, file: profile.localhostProfile, rule: NameRules.localDescendingPath, at: path)
    }

    private mutating func validateProfile(_ profile: AppArmorProfile?, at path: FieldPath) {
        guard let profile else { return }
        validateProfile(type: profile.type, file: profile.localhostProfile, rule: { _ in nil }, at: path)
    }

    private mutating func validateProfile(
        type: SecurityProfileType, file: String?, rule: (String) -> String?, at path: FieldPath
    ) {
        collector.checkWord(path.child("type"), type, [.unconfined, .runtimeDefault, .localhost])
        let filePath = path.child("localhostProfile")
        switch (type, file) {
        case (.localhost, nil), (.localhost, ""): collector.required(filePath, "must be set when type is Localhost")
        case (.localhost, let file?): collector.check(filePath, file, rule)
        case (_, let file?): collector.invalid(filePath, file, "can only be set when type is Localhost")
        case (_, nil): break
        }
    }
}
