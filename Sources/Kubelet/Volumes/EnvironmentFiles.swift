import HostSystem
import KubernetesAPI
import PodLifecycle

/// The environment files in a pod's volumes.
///
/// What is in a volume is the pod's doing: a file is only read if it is one, lies in its volume whatever links say, and
/// is of a size that a file of variables can have.
struct EnvironmentFiles: Sendable {
    /// The pod's volumes by their names.
    let volumes: [String: PreparedVolume]

    private static let maximumSize = 1 << 20

    /// The value of a variable in a file.
    /// - Returns: `nil` for one that isn't there and needn't be. As upstream has it, an empty one counts as not there.
    /// - Throws: `ContainerStartError`.
    func value(_ selector: FileKeySelector) throws -> String? {
        guard let volume = volumes[selector.volumeName] else {
            throw Self.refusal("cannot find the volume \"\(selector.volumeName)\" referenced by FileKeyRef")
        }
        let isOptional = selector.isOptional == true
        let value: String?
        do {
            let file = try ContainedPath(selector.path, below: volume.path)
            let bytes = try file.read(limit: Self.maximumSize)
            value = try EnvironmentFile(bytes).value(of: selector.key)
        } catch let error as HostSystemError where error.code == .notFound {
            if isOptional { return nil }
            throw Self.refusal("couldn't parse env file: \(selector.path) is not in volume \(selector.volumeName)")
        } catch let error as EnvironmentFile.Malformed {
            throw Self.refusal("couldn't parse env file: \(error)")
        } catch let error as HostSystemError where error.code == .tooLarge {
            throw Self.refusal("couldn't parse env file: \(selector.path) is larger than \(Self.maximumSize) bytes")
        } catch let error as HostSystemError {
            throw Self.refusal("couldn't parse env file", detail: "\(error)")
        }
        if let value, !value.isEmpty { return value }
        if isOptional { return nil }
        throw Self.refusal("environment variable key \"\(selector.key)\" not found in file \"\(selector.path)\"")
    }

    private static func refusal(_ message: String, detail: String? = nil) -> ContainerStartError {
        ContainerStartError(.createContainerConfigError, message, detail: detail)
    }
}
