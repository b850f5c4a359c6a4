extension Pod {
    /// The annotation that named a container's AppArmor profile before there was a field for it; the container's name
    /// follows.
    package static let appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/"

    /// The profile that confines a container: its own, the one in the deprecated annotation, or the pod's (upstream:
    /// `GetProfile` in `pkg/security/apparmor/helpers.go`).
    package func appArmorProfile(of container: Container) -> AppArmorProfile? {
        container.securityContext?.appArmorProfile ?? annotatedAppArmorProfile(of: container.name)
            ?? spec.securityContext?.appArmorProfile
    }

    private func annotatedAppArmorProfile(of container: String) -> AppArmorProfile? {
        guard let text = metadata.annotations[Self.appArmorAnnotation + container] else { return nil }
        var profile = AppArmorProfile()
        switch text {
        case "runtime/default": profile.type = .runtimeDefault
        case "unconfined": profile.type = .unconfined
        case _ where text.hasPrefix("localhost/"):
            profile.type = .localhost
            profile.localhostProfile = String(text.dropFirst("localhost/".count))
        default: return nil
        }
        return profile
    }

    /// Whether the pod asks for a profile that only a kernel with AppArmor can enforce (upstream: `isRequired` in
    /// `pkg/security/apparmor/validate.go`).
    package var needsAppArmor: Bool {
        let contexts = spec.allContainers.map { $0.securityContext?.appArmorProfile }
        let profiles = (contexts + [spec.securityContext?.appArmorProfile]).compactMap(\.self)
        return profiles.contains { $0.type != .unconfined }
            || metadata.annotations.contains { $0.key.hasPrefix(Self.appArmorAnnotation) && $0.value != "unconfined" }
    }
}
