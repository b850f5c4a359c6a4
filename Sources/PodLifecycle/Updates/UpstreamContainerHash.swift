package import KubernetesAPI

/// The hash by which upstream's kubelet knows a container's spec again: it covers name and image only
/// (`HashContainer` in `pkg/kubelet/container/helpers.go`).
package enum UpstreamContainerHash {
    package static func hexadecimal(of container: Container) -> String {
        // What is hashed is not the JSON but what Go prints of its bytes.
        let json = "{\"image\":\"\(container.image)\",\"name\":\"\(container.name)\"}"
        let dump = "([]uint8)[\(json.utf8.map { String($0) }.joined(separator: " "))]"
        // The 32-bit FNV-1a.
        var hash: UInt32 = 0x811C_9DC5
        for byte in dump.utf8 {
            hash ^= UInt32(byte)
            hash = hash &* 0x0100_0193
        }
        return String(hash, radix: 16)
    }
}
