package import ContainerRuntime

/// What a registry may want to see before it gives away an image.
package struct PullCredentials: Sendable, Hashable {
    /// To be tried in this order; none for an anonymous pull.
    package var alternatives: [RegistryCredentials]
    /// Why there may be fewer than there should be; no secrets.
    package var problems: [String]

    package init(alternatives: [RegistryCredentials] = [], problems: [String] = []) {
        self.alternatives = alternatives
        self.problems = problems
    }
}

/// Finds credentials for pulls, anew for each.
package protocol PullCredentialSource: Sendable {
    /// - Parameter image: the image's name without tag and digest, with its registry: `docker.io/library/nginx`.
    /// - Throws: nothing but `CancellationError`; what goes wrong is in the result.
    func credentials(for image: String) async throws -> PullCredentials
}
