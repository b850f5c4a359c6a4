package import ContainerRuntime
package import KubernetesAPI

extension Pod {
    /// Whether the pod's users are not the host's.
    package var hasOwnUsers: Bool { spec.hostUsers == false }

    /// Why the pod can't have users of its own, in upstream's words (`pkg/kubelet/userns/userns_manager.go`).
    /// - Parameter handler: the runtime's handler of the pod; empty for the default one.
    package func userNamespaceProblem(_ runtime: RuntimeFeatures, handler: String) -> String? {
        guard hasOwnUsers, runtime.handlers[handler]?.userNamespaces != true else { return nil }
        let which = handler.isEmpty ? "runtime" : "RuntimeClass handler \"\(handler)\""
        let why = runtime.handlers[handler] == nil ? ": the handler \"\(handler)\" is not known" : ""
        return "can't set `spec.hostUsers: false`, \(which) does not support user namespaces\(why)"
    }
}
