/// The runtime's name of a pod sandbox.
package struct SandboxID: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}

/// The runtime's name of a container.
package struct ContainerID: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}

/// What a runtime calls an image: an ID, a tag or a digest, together with what the user wrote.
package struct ImageReference: Sendable, Hashable {
    /// What is passed to the runtime.
    package var image: String
    /// What the pod's spec says; empty when that is the same.
    package var userSpecified: String
    /// The runtime handler the image is for; empty for the default one.
    package var runtimeHandler: String

    package init(_ image: String, userSpecified: String = "", runtimeHandler: String = "") {
        self.image = image
        self.userSpecified = userSpecified
        self.runtimeHandler = runtimeHandler
    }
}
