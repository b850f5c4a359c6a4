import KubernetesAPI

/// Which of the runtime's handlers a pod asks for by the name of a RuntimeClass.
package struct RuntimeClasses: Sendable {
    /// `nil` where the kubelet runs standalone.
    private let api: (any NodeAPI)?

    /// - Parameter api: where the classes are; without one, a class's name is taken for its handler's.
    package init(_ api: (any NodeAPI)? = nil) { self.api = api }

    /// - Returns: empty for the default handler.
    /// - Throws: `SandboxError` for a class that can't be found, with upstream's words
    ///   (`pkg/kubelet/runtimeclass/runtimeclass_manager.go`).
    func handler(of pod: Pod) async throws -> String {
        guard let name = pod.spec.runtimeClassName, !name.isEmpty else { return "" }
        guard let api else { return name }
        do {
            return try await api.runtimeClass(name).handler
        } catch let error as NodeAPIError where error.code == .notFound {
            throw SandboxError("runtimeclass.node.k8s.io \"\(name)\" not found")
        } catch let error as NodeAPIError {
            throw SandboxError("failed to lookup RuntimeClass \(name): \(error)")
        }
    }
}
