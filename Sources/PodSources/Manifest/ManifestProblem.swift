package import KubernetesAPI
package import StructuredData

/// One thing wrong with a manifest, or with the place it is read from.
package struct ManifestProblem: Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable, Hashable {
        /// The manifest is not accepted.
        case error
        /// The manifest is accepted all the same.
        case warning
    }

    /// The file or URL.
    package var file: String
    /// The place in the file; nil when the file as a whole is meant.
    package var mark: SourceMark?
    package var message: String
    package var severity: Severity
    /// The pod concerned, if its name could be read.
    package var pod: PodFullName?

    package init(
        file: String, mark: SourceMark? = nil, message: String, severity: Severity = .error, pod: PodFullName? = nil
    ) {
        self.file = file
        self.mark = mark
        self.message = message
        self.severity = severity
        self.pod = pod
    }

    /// `file:line:column: message`, with `warning:` before the message of one.
    package var description: String {
        let place = mark.map { "\(file):\($0)" } ?? file
        return severity == .warning ? "\(place): warning: \(message)" : "\(place): \(message)"
    }
}
