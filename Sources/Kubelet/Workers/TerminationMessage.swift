import ContainerLogs
import ContainerRuntime
import HostSystem
import PodLifecycle

/// What a container left to say when it ended. Limits are upstream's (`pkg/kubelet/kuberuntime/kuberuntime_container.go`).
enum TerminationMessage {
    private static let fileLimit = 4096
    private static let logLimit = 2048
    private static let logLines = 80

    /// The message in the file, or, where the policy says so, the end of the log of a container that failed; `nil`
    /// when there is neither.
    static func read(of container: RuntimeContainer, file: String) -> String? {
        guard container.annotations[RuntimeLabels.terminationMessagePath]?.isEmpty == false else { return nil }
        if let bytes = try? HostFiles.readEnd(file, limit: fileLimit), !bytes.isEmpty {
            return String(decoding: bytes, as: UTF8.self)
        }
        let policy = container.annotations[RuntimeLabels.terminationMessagePolicy]
        guard policy == "FallbackToLogsOnError", container.exitCode != 0, !container.logPath.isEmpty else { return nil }
        // Each line of the log carries some 40 bytes before its text.
        guard let bytes = try? ContainerLogFiles.readEnd(container.logPath, limit: logLimit + logLines * 48) else {
            return nil
        }
        return logEnd(String(decoding: bytes, as: UTF8.self))
    }

    private static func logEnd(_ log: String) -> String {
        let texts = log.split(separator: "\n").suffix(logLines).compactMap { line -> String? in
            // TIMESTAMP STREAM TAG TEXT
            let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4 else { return nil }
            // What is tagged as partial goes on in the next entry.
            return fields[2].hasPrefix("P") ? String(fields[3]) : "\(fields[3])\n"
        }
        let text = texts.joined()
        return String(decoding: Array(text.utf8).suffix(logLimit), as: UTF8.self)
    }
}
