import KubernetesAPI
import Testing

@Suite struct SecurityValidationTests {
    @Test(arguments: [
        PodFault(
            "numbers out of range",
            "securityContext: {runAsUser: -1, runAsGroup: 2147483648, fsGroup: -1, supplementalGroups: [-1]}",
            "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            "spec.securityContext.runAsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive",
            "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            "spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive"
        ),
        PodFault(
            "unknown policies",
            "securityContext: {fsGroupChangePolicy: Now, supplementalGroupsPolicy: Mix, seLinuxChangePolicy: Later}",
            "spec.securityContext.fsGroupChangePolicy: Unsupported value: \"Now\": "
                + "supported values: \"Always\", \"OnRootMismatch\"",
            "spec.securityContext.supplementalGroupsPolicy: Unsupported value: \"Mix\": "
                + "supported values: \"Merge\", \"Strict\"",
            "spec.securityContext.seLinuxChangePolicy: Unsupported value: \"Later\": "
                + "supported values: \"MountOption\", \"Recursive\""),
        PodFault(
            "processes shared with all and with one another", "hostPID: true\nshareProcessNamespace: true",
            "spec.shareProcessNamespace: Invalid value: true: "
                + "ShareProcessNamespace and HostPID cannot both be enabled"),
        PodFault(
            "user namespaces beside the host's others", "hostUsers: false\nhostPID: true\nhostIPC: true",
            "spec.hostPID: Forbidden: when `hostUsers` is false", "spec.hostIPC: Forbidden: when `hostUsers` is false"),
        PodFault(
            "user namespaces with devices",
            """
            hostUsers: false
            volumes: [{name: p, persistentVolumeClaim: {claimName: c}}]
            containers: [{name: a, image: x, volumeDevices: [{name: p, devicePath: /d}]}]
            """,
            "spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false"),
        PodFault(
            "sysctls",
            "securityContext: {sysctls: [{value: a}, {name: Net.x, value: a}, "
                + "{name: a.b, value: c}, {name: a.b, value: d}]}",
            "spec.securityContext.sysctls[0].name: Required value",
            "spec.securityContext.sysctls[1].name: Invalid value: \"Net.x\": must have at most 253 characters and "
                + "match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            "spec.securityContext.sysctls[3].name: Duplicate value: \"a.b\""),
        PodFault(
            "sysctls of the host",
            "hostIPC: true\nhostNetwork: true\n"
                + "securityContext: {sysctls: [{name: kernel.sem, value: a}, {name: net/ipv4/tcp_rmem, value: a}]}",
            "spec.securityContext.sysctls[0].name: Invalid value: \"kernel.sem\": "
                + "may not be specified when 'hostIPC' is true",
            "spec.securityContext.sysctls[1].name: Invalid value: \"net/ipv4/tcp_rmem\": "
                + "may not be specified when 'hostNetwork' is true"),
        PodFault(
            "profiles",
            "securityContext: {seccompProfile: {type: Localhost, localhostProfile: /a}, "
                + "appArmorProfile: {type: Localhost, localhostProfile: \" a\"}}",
            "spec.securityContext.seccompProfile.localhostProfile: Invalid value: \"/a\": must be a relative path",
            "spec.securityContext.appArmorProfile.localhostProfile: Invalid value: \" a\": "
                + "must not be padded with whitespace"),
        PodFault(
            "profiles of no type",
            "securityContext: {seccompProfile: {type: \"\"}, appArmorProfile: {type: \"\"}}",
            "spec.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set",
            "spec.securityContext.appArmorProfile.type: Required value: type is required when appArmorProfile is set"),
        PodFault(
            "profiles of another type",
            container: "securityContext: {seccompProfile: {type: Mine}, "
                + "appArmorProfile: {type: Unconfined, localhostProfile: a}}",
            "securityContext.seccompProfile.type: Unsupported value: \"Mine\": "
                + "supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            "securityContext.appArmorProfile.localhostProfile: Invalid value: \"a\": "
                + "can only be set when AppArmor type is Localhost"),
        PodFault(
            "all of /proc for the host's users", container: "securityContext: {procMount: Unmasked}",
            "securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`"),
        PodFault(
            "a capability that escalates",
            container: "securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [CAP_SYS_ADMIN]}}",
            "securityContext.allowPrivilegeEscalation: Invalid value: false: "
                + "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"),
    ])
    func finds(_ fault: PodFault) throws { try fault.check() }

    @Test(arguments: [
        PodFault(
            "an unknown system", "os: {name: plan9}",
            "spec.os.name: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""),
        PodFault("no system", "os: {name: \"\"}", "spec.os.name: Required value"),
        PodFault(
            "Windows options for Linux",
            """
            os: {name: linux}
            securityContext: {windowsOptions: {}}
            containers: [{name: a, image: x, securityContext: {windowsOptions: {}}}]
            """,
            "spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
            "spec.containers[0].securityContext.windowsOptions: Forbidden: "
                + "windows options cannot be set for a linux pod"),
        PodFault(
            "Linux options for Windows",
            """
            os: {name: windows}
            hostPID: true
            securityContext: {fsGroup: 1}
            containers: [{name: a, image: x, securityContext: {privileged: true}}]
            resources: {limits: {cpu: 1}}
            """,
            "spec.resources: Forbidden: may not be set for a windows pod",
            "spec.hostPID: Forbidden: cannot be set for a windows pod",
            "spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
            "spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod"),
        PodFault(
            "Windows users",
            "securityContext: {windowsOptions: {gmsaCredentialSpec: \"\", runAsUserName: 'a\\b\\c'}}\n"
                + "containers: [{name: a, image: x, securityContext: {windowsOptions: {runAsUserName: '.d\\a?'}}}]",
            "spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: \".d\\\\a?\": "
                + "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
            "spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: \".d\\\\a?\": "
                + "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
            "spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: \"\": "
                + "gmsaCredentialSpec cannot be an empty string",
            "spec.securityContext.windowsOptions.runAsUserName: Invalid value: \"a\\\\b\\\\c\": "
                + "runAsUserName cannot contain more than one backslash"),
        PodFault(
            "host processes of some containers",
            "containers: [{name: a, image: x, securityContext: {windowsOptions: {hostProcess: true}}}, "
                + "{name: b, image: x}]",
            "spec: Invalid value: \"\": "
                + "If pod contains any hostProcess containers then all containers must be HostProcess containers",
            "spec.hostNetwork: Invalid value: false: "
                + "hostNetwork must be true if pod contains any hostProcess containers"
        ),
    ])
    func findsForOperatingSystems(_ fault: PodFault) throws { try fault.check() }

    @Test(arguments: [
        PodFault(
            "a name in place of another", "hostname: A.b\nsubdomain: a.b\nhostnameOverride: A\nhostNetwork: true",
            "spec.hostname: Invalid value: \"A.b\": \(NameFault.label)",
            "spec.subdomain: Invalid value: \"a.b\": must not contain dots",
            "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
            "spec.hostnameOverride: Invalid value: \"A\": \(NameFault.subdomain)"),
        PodFault(
            "a name too long for the kernel",
            "setHostnameAsFQDN: true\nhostnameOverride: \(String(repeating: "a", count: 65))",
            "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
            "spec.hostnameOverride: Too long: may not be more than 64 bytes"),
        PodFault(
            "names of classes and accounts", "priorityClassName: A\nruntimeClassName: \"\"\nserviceAccountName: a_b",
            "spec.serviceAccountName: Invalid value: \"a_b\": \(NameFault.subdomain)",
            "spec.priorityClassName: Invalid value: \"A\": \(NameFault.subdomain)",
            "spec.runtimeClassName: Invalid value: \"\": \(NameFault.subdomain)"),
        PodFault(
            "a resolver that libc would cut", "dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}",
            "spec.dnsConfig.nameservers: Invalid value: [\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]: "
                + "must not have more than 3 nameservers"),
        PodFault(
            "addresses that are read in two ways", "dnsConfig: {nameservers: [010.1.1.1, \"::ffff:1.2.3.4\", a]}",
            "spec.dnsConfig.nameservers[0]: Invalid value: \"010.1.1.1\": must not have leading 0s",
            "spec.dnsConfig.nameservers[1]: Invalid value: \"::ffff:1.2.3.4\": "
                + "must not be an IPv4-mapped IPv6 address",
            "spec.dnsConfig.nameservers[2]: Invalid value: \"a\": "
                + "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        PodFault(
            "where names are searched", "dnsConfig: {searches: [., _a.b_c., a], options: [{value: x}]}",
            "spec.dnsConfig.options[0]: Required value: must not be empty"),
        PodFault(
            "no place to search in", "dnsConfig: {searches: [__a]}",
            "spec.dnsConfig.searches[0]: Invalid value: \"__a\": a lowercase RFC 1123 subdomain must consist of lower "
                + "case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character "
                + "(e.g. 'example.com', regex used for validation is "
                + "'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"),
        PodFault(
            "names of hosts", "hostAliases: [{ip: 1.1.1.1, hostnames: [a, B]}]",
            "spec.hostAliases[0].hostnames[1]: Invalid value: \"B\": \(NameFault.subdomain)"),
    ])
    func findsInNames(_ fault: PodFault) throws { try fault.check() }

    @Test func searchListsHaveLimits() throws {
        let many = PodValidation.validate(
            try decodePod(spec: "dnsConfig: {searches: [\(list(33, of: "a"))]}").withDefaults())
        #expect(many.map(\.message).map { $0.hasSuffix(": must not have more than 32 search paths") } == [true])
        let name = String(repeating: "a", count: 63) + "." + String(repeating: "b", count: 63)
        let long = PodValidation.validate(
            try decodePod(spec: "dnsConfig: {searches: [\(list(17, of: name))]}").withDefaults())
        let words = ": must not have more than 2048 characters (including spaces) in the search list"
        #expect(long.map(\.message).map { $0.hasSuffix(words) } == [true])
    }

    private func list(_ count: Int, of name: String) -> String {
        Array(repeating: name, count: count).joined(separator: ", ")
    }
}
