/// Why a pod's volume could not be made ready or taken down.
package struct VolumeError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The spec asks for what this kubelet doesn't do.
        case unsupported
        /// What is on the host is not of the kind the spec asks for.
        case wrongKind
        case failed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
