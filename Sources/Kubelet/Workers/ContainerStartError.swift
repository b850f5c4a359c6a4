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
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
