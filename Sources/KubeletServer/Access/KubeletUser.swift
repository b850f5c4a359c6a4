/// Who asks, as far as authorization cares.
package struct KubeletUser: Sendable, Hashable {
    package var name: String
    package var groups: [String]

    package init(name: String, groups: [String]) {
        self.name = name
        self.groups = groups
    }

    /// Everybody who says nothing about themselves.
    package static let anonymous = KubeletUser(name: "system:anonymous", groups: ["system:unauthenticated"])

    /// The group of everybody whose identity was verified.
    static let authenticatedGroup = "system:authenticated"
}
