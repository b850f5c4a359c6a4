internal import StructuredData

/// The annotations that named seccomp and AppArmor profiles before there were fields for them.
extension PodValidator {
    private static let seccompOfPod = "seccomp.security.alpha.kubernetes.io/pod"
    private static let seccompOfContainer = "container.seccomp.security.alpha.kubernetes.io/"
    private static let localhost = "localhost/"

    /// Whether the annotations themselves are well formed.
    mutating func validateProfiles(in annotations: [String: String], at path: FieldPath) {
        let names = Set(allContainers.map(\.container.name))
        for (key, profile) in annotations.sorted(by: { $0.key < $1.key }) {
            if key == Self.seccompOfPod || key.hasPrefix(Self.seccompOfContainer) {
                validateSeccomp(profile, at: path.key(key))
            }
            guard key.hasPrefix(Pod.appArmorAnnotation) else { continue }
            let container = String(key.dropFirst(Pod.appArmorAnnotation.count))
            if !names.contains(container) { collector.invalid(path.key(key), container, "container not found") }
            if !["", "runtime/default", "unconfined"].contains(profile), !profile.hasPrefix(Self.localhost) {
                collector.invalid(path.key(key), profile, "invalid AppArmor profile name: \"\(profile)\"")
            }
        }
    }

    private mutating func validateSeccomp(_ profile: String, at path: FieldPath) {
        if ["runtime/default", "docker/default", "unconfined"].contains(profile) { return }
        if profile.hasPrefix(Self.localhost) {
            let file = String(profile.dropFirst(Self.localhost.count))
            collector.check(path, file, NameRules.localDescendingPath)
        } else {
            collector.invalid(path, profile, "must be a valid seccomp profile")
        }
    }

    /// Whether annotations and fields say the same, where both are there.
    mutating func validateProfileAnnotations() {
        let annotations = pod.metadata.annotations
        if let profile = spec.securityContext?.seccompProfile, let annotation = annotations[Self.seccompOfPod] {
            let path = FieldPath("spec").child("securityContext", "seccompProfile")
            compare("seccomp", annotation, type: profile.type, file: profile.localhostProfile, at: path)
        }
        for (container, path) in allContainers {
            let contextPath = path.child("securityContext")
            if let profile = container.securityContext?.seccompProfile,
                let annotation = annotations[Self.seccompOfContainer + container.name]
            {
                let profilePath = contextPath.child("seccompProfile")
                compare("seccomp", annotation, type: profile.type, file: profile.localhostProfile, at: profilePath)
            }
            if let profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile,
                let annotation = annotations[Pod.appArmorAnnotation + container.name], spec.os?.name != "windows"
            {
                let profilePath = contextPath.child("appArmorProfile")
                compare("apparmor", annotation, type: profile.type, file: profile.localhostProfile, at: profilePath)
            }
        }
    }

    private mutating func compare(
        _ kind: String, _ annotation: String, type: SecurityProfileType, file: String?, at path: FieldPath
    ) {
        let isSameType =
            switch type {
            case .unconfined: annotation == "unconfined"
            case .runtimeDefault:
                annotation == "runtime/default" || kind == "seccomp" && annotation == "docker/default"
            case .localhost: annotation.hasPrefix(Self.localhost)
            default: true
            }
        if !isSameType {
            collector.forbidden(path.child("type"), "\(kind) type in annotation and field must match")
        } else if type == .localhost, annotation != Self.localhost + (file ?? "") || file == nil {
            let detail = "\(kind) profile in annotation and field must match"
            collector.forbidden(path.child("localhostProfile"), detail)
        }
    }
}
