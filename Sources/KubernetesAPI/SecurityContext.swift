package import StructuredData

/// The rights of one container; what is set here wins over the pod's.
package struct SecurityContext: FieldTableCodable {
    package var capabilities: Capabilities?
    package var privileged: Bool?
    package var seLinuxOptions: SELinuxOptions?
    package var windowsOptions: WindowsSecurityContextOptions?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var readOnlyRootFilesystem: Bool?
    package var allowPrivilegeEscalation: Bool?
    package var procMount: ProcMountType?
    package var seccompProfile: SeccompProfile?
    package var appArmorProfile: AppArmorProfile?

    package init() {}

    package static let fields = FieldTable<SecurityContext> { table in
        table.optional("capabilities", \.capabilities)
        table.optional("privileged", \.privileged)
        table.optional("seLinuxOptions", \.seLinuxOptions)
        table.optional("windowsOptions", \.windowsOptions)
        table.optional("runAsUser", \.runAsUser)
        table.optional("runAsGroup", \.runAsGroup)
        table.optional("runAsNonRoot", \.runAsNonRoot)
        table.optional("readOnlyRootFilesystem", \.readOnlyRootFilesystem)
        table.optional("allowPrivilegeEscalation", \.allowPrivilegeEscalation)
        table.optional("procMount", \.procMount)
        table.optional("seccompProfile", \.seccompProfile)
        table.optional("appArmorProfile", \.appArmorProfile)
    }
}

/// The rights of all containers of a pod.
package struct PodSecurityContext: FieldTableCodable {
    package var seLinuxOptions: SELinuxOptions?
    package var windowsOptions: WindowsSecurityContextOptions?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var supplementalGroups: [Int64] = []
    package var supplementalGroupsPolicy: SupplementalGroupsPolicy?
    package var fsGroup: Int64?
    package var sysctls: [Sysctl] = []
    package var fsGroupChangePolicy: FSGroupChangePolicy?
    package var seccompProfile: SeccompProfile?
    package var appArmorProfile: AppArmorProfile?
    package var seLinuxChangePolicy: String?

    package init() {}

    package static let fields = FieldTable<PodSecurityContext> { table in
        table.optional("seLinuxOptions", \.seLinuxOptions)
        table.optional("windowsOptions", \.windowsOptions)
        table.optional("runAsUser", \.runAsUser)
        table.optional("runAsGroup", \.runAsGroup)
        table.optional("runAsNonRoot", \.runAsNonRoot)
        table.optional("supplementalGroups", \.supplementalGroups)
        table.optional("supplementalGroupsPolicy", \.supplementalGroupsPolicy)
        table.optional("fsGroup", \.fsGroup)
        table.optional("sysctls", \.sysctls)
        table.optional("fsGroupChangePolicy", \.fsGroupChangePolicy)
        table.optional("seccompProfile", \.seccompProfile)
        table.optional("appArmorProfile", \.appArmorProfile)
        table.optional("seLinuxChangePolicy", \.seLinuxChangePolicy)
    }
}

/// Linux capabilities without their `CAP_` prefix.
package struct Capabilities: FieldTableCodable {
    package var add: [String] = []
    package var drop: [String] = []

    package init() {}

    package static let fields = FieldTable<Capabilities> { table in
        table.optional("add", \.add)
        table.optional("drop", \.drop)
    }
}

/// The parts of an SELinux label.
package struct SELinuxOptions: FieldTableCodable {
    package var user: String = ""
    package var role: String = ""
    package var type: String = ""
    package var level: String = ""

    package init() {}

    package static let fields = FieldTable<SELinuxOptions> { table in
        table.optional("user", \.user)
        table.optional("role", \.role)
        table.optional("type", \.type)
        table.optional("level", \.level)
    }
}

/// Which system calls are allowed.
package struct SeccompProfile: FieldTableCodable {
    package var type: SecurityProfileType = ""
    package var localhostProfile: String?

    package init() {}

    package static let fields = FieldTable<SeccompProfile> { table in
        table.always("type", \.type)
        table.optional("localhostProfile", \.localhostProfile)
    }
}

/// Which AppArmor profile confines a container.
package struct AppArmorProfile: FieldTableCodable {
    package var type: SecurityProfileType = ""
    package var localhostProfile: String?

    package init() {}

    package static let fields = FieldTable<AppArmorProfile> { table in
        table.always("type", \.type)
        table.optional("localhostProfile", \.localhostProfile)
    }
}

/// Where a seccomp or AppArmor profile comes from.
package struct SecurityProfileType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unconfined: SecurityProfileType = "Unconfined"
    package static let runtimeDefault: SecurityProfileType = "RuntimeDefault"
    package static let localhost: SecurityProfileType = "Localhost"
}

/// How much of /proc is masked.
package struct ProcMountType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let masked: ProcMountType = "Default"
    package static let unmasked: ProcMountType = "Unmasked"
}

/// Whether the image's groups are added.
package struct SupplementalGroupsPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let merge: SupplementalGroupsPolicy = "Merge"
    package static let strict: SupplementalGroupsPolicy = "Strict"
}

/// When the owner of a volume's files is changed.
package struct FSGroupChangePolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let onRootMismatch: FSGroupChangePolicy = "OnRootMismatch"
    package static let always: FSGroupChangePolicy = "Always"
}

/// Settings of Windows containers; decoded, never acted on.
package struct WindowsSecurityContextOptions: FieldTableCodable {
    package var gmsaCredentialSpecName: String?
    package var gmsaCredentialSpec: String?
    package var runAsUserName: String?
    package var hostProcess: Bool?

    package init() {}

    package static let fields = FieldTable<WindowsSecurityContextOptions> { table in
        table.optional("gmsaCredentialSpecName", \.gmsaCredentialSpecName)
        table.optional("gmsaCredentialSpec", \.gmsaCredentialSpec)
        table.optional("runAsUserName", \.runAsUserName)
        table.optional("hostProcess", \.hostProcess)
    }
}

/// A kernel parameter of the pod's namespaces.
package struct Sysctl: FieldTableCodable {
    package var name: String = ""
    package var value: String = ""

    package init() {}

    package static let fields = FieldTable<Sysctl> { table in
        table.always("name", \.name)
        table.always("value", \.value)
    }
}
