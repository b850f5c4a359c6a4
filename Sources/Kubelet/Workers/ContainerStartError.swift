/// Why a container doesn't start; what shows as its waiting state.
package struct ContainerStartError: Error, CustomStringConvertible {
    /// Spelled as `kubectl get pods` prints them.
    package enum Code: String, Sendable, Hashable {
        /// Its spec can't be met.
        case createContainerConfigError = "CreateContainerConfigError"
        /// The runtime refused to create it.
        case createContainerError = "CreateContainerError"
        /// The runtime created it and could not start it.
        case runContainerError = "RunContainerError"
        /// It was started, and what was to be done then failed.
        case postStartHookError = "PostStartHookError"
    }

    package let code: Code
    /// Shown to whoever may see the pod.
    package let message: String
    /// What only the kubelet's log tells, for it would let the pod's author ask what is on the host.
    package let detail: String?

    package init(_ code: Code, _ message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    package var description: String { message }
}
