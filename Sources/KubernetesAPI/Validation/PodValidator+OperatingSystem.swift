internal import StructuredData

/// What a pod may say depending on the operating system that it says it is for.
extension PodValidator {
    mutating func validateOperatingSystem(at path: FieldPath) {
        validateHostProcesses(at: path)
        guard let name = spec.os?.name else { return }
        switch name {
        case "": collector.required(path.child("os", "name"))
        case "linux": validateLinux(at: path)
        case "windows": validateWindows(at: path)
        default: collector.notSupported(path.child("os", "name"), name, ["linux", "windows"])
        }
    }

    private mutating func validateLinux(at path: FieldPath) {
        let detail = "windows options cannot be set for a linux pod"
        if spec.securityContext?.windowsOptions != nil {
            collector.forbidden(path.child("securityContext", "windowsOptions"), detail)
        }
        for (container, containerPath) in allContainers where container.securityContext?.windowsOptions != nil {
            collector.forbidden(containerPath.child("securityContext", "windowsOptions"), detail)
        }
    }

    private mutating func validateWindows(at path: FieldPath) {
        let context = spec.securityContext ?? PodSecurityContext()
        let fields = [
            ("hostUsers", spec.hostUsers != nil), ("hostPID", spec.hostPID), ("hostIPC", spec.hostIPC),
            ("shareProcessNamespace", spec.shareProcessNamespace != nil),
        ]
        forbidForWindows(fields, at: path)
        let contextFields = [
            ("appArmorProfile", context.appArmorProfile != nil), ("seLinuxOptions", context.seLinuxOptions != nil),
            ("seccompProfile", context.seccompProfile != nil), ("fsGroup", context.fsGroup != nil),
            ("fsGroupChangePolicy", context.fsGroupChangePolicy != nil), ("sysctls", !context.sysctls.isEmpty),
            ("runAsUser", context.runAsUser != nil), ("runAsGroup", context.runAsGroup != nil),
            ("supplementalGroups", !context.supplementalGroups.isEmpty),
            ("supplementalGroupsPolicy", context.supplementalGroupsPolicy != nil),
            ("seLinuxChangePolicy", context.seLinuxChangePolicy != nil),
        ]
        forbidForWindows(contextFields, at: path.child("securityContext"))
        for (container, containerPath) in allContainers {
            guard let context = container.securityContext else { continue }
            let fields = [
                ("appArmorProfile", context.appArmorProfile != nil),
                ("seLinuxOptions", context.seLinuxOptions != nil),
                ("seccompProfile", context.seccompProfile != nil), ("capabilities", context.capabilities != nil),
                ("readOnlyRootFilesystem", context.readOnlyRootFilesystem != nil),
                ("privileged", context.privileged != nil),
                ("allowPrivilegeEscalation", context.allowPrivilegeEscalation != nil),
                ("procMount", context.procMount != nil), ("runAsUser", context.runAsUser != nil),
                ("runAsGroup", context.runAsGroup != nil),
            ]
            forbidForWindows(fields, at: containerPath.child("securityContext"))
        }
    }

    private mutating func forbidForWindows(_ fields: [(String, Bool)], at path: FieldPath) {
        for (field, isSet) in fields where isSet {
            collector.forbidden(path.child(field), "cannot be set for a windows pod")
        }
    }

    /// Host process containers, all or none.
    private mutating func validateHostProcesses(at path: FieldPath) {
        let ofPod = spec.securityContext?.windowsOptions?.hostProcess
        let containers = allContainers
        var count = 0
        for (container, containerPath) in containers {
            let own = container.securityContext?.windowsOptions?.hostProcess
            if let ofPod, let own, ofPod != own {
                let detail = "pod hostProcess value must be identical if both are specified, was \(ofPod)"
                let place = containerPath.child("securityContext", "windowsOptions", "hostProcess")
                collector.invalid(place, json: .bool(own), detail)
            }
            if own ?? ofPod == true { count += 1 }
        }
        guard count > 0 else { return }
        if count != containers.count {
            let detail =
                "If pod contains any hostProcess containers then all containers must be HostProcess containers"
            collector.invalid(path, "", detail)
        }
        if !spec.hostNetwork {
            let detail = "hostNetwork must be true if pod contains any hostProcess containers"
            collector.invalid(path.child("hostNetwork"), json: .bool(false), detail)
        }
    }

    mutating func validateWindowsOptions(_ options: WindowsSecurityContextOptions?, at path: FieldPath) {
        guard let options else { return }
        if let name = options.gmsaCredentialSpecName {
            collector.check(path.child("gmsaCredentialSpecName"), name, NameRules.dns1123Subdomain)
        }
        if let text = options.gmsaCredentialSpec {
            collector.check(path.child("gmsaCredentialSpec"), text) { text in
                if text.isEmpty { return "gmsaCredentialSpec cannot be an empty string" }
                return text.utf8.count > 64 * 1024 ? "gmsaCredentialSpec size must be under 64 KiB" : nil
            }
        }
        if let name = options.runAsUserName {
            for fault in Self.faults(ofUser: name) {
                collector.invalid(path.child("runAsUserName"), name, "runAsUserName" + fault)
            }
        }
    }

    /// What is wrong with `[domain\\]user`.
    private static func faults(ofUser name: String) -> [String] {
        if name.isEmpty { return [" cannot be an empty string"] }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return [" cannot contain control characters"] }
        let parts = name.split(separator: "\\", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let user = parts.last else { return [" cannot contain more than one backslash"] }
        var faults: [String] = []
        if parts.count == 2 {
            if parts[0].utf8.count >= 256 { faults.append("'s Domain length must be under 256 characters") }
            if !isWindowsDomain(parts[0]) {
                faults.append("'s Domain doesn't match the NetBios nor the DNS format")
            }
        }
        if user.isEmpty { faults.append("'s User cannot be empty") }
        if user.utf8.count > 104 { faults.append("'s User length must not be longer than 104 characters") }
        if !user.isEmpty, user.allSatisfy({ $0 == "." || $0 == " " }) {
            faults.append("'s User cannot contain only periods or spaces")
        }
        if user.contains(where: "\"/\\:;|=,+*?<>@[]".contains) {
            faults.append("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
        }
        return faults
    }

    private static func isWindowsDomain(_ text: String) -> Bool {
        let isNetBIOS =
            (1...15).contains(text.count) && !text.hasPrefix(".") && !text.contains(where: "\\/:*?\"<>|".contains)
        return isNetBIOS
            || text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                NameRules.dns1123Label(part.lowercased()) == nil
            }
    }
}
