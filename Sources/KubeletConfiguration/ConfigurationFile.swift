import HostSystem
import StructuredData

/// One file with a KubeletConfiguration, read and checked strictly.
struct ConfigurationFile: Sendable {
    /// As the user wrote it, for messages.
    let path: String
    /// The fields it has, with paths made absolute.
    let fields: JSONValue

    /// 10 MiB; a configuration is a few kilobytes.
    private static let sizeLimit = 10 << 20

    /// - Parameter workingDirectory: what a relative `path` starts from.
    /// - Throws: `KubeletConfigurationError` with a line `path:line:column: message` for each problem.
    init(path: String, workingDirectory: String) throws(KubeletConfigurationError) {
        let absolute = FilePaths.join(workingDirectory, path)
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read(absolute, limit: Self.sizeLimit)
        } catch {
            let reason = (error as? HostSystemError)?.message ?? "\(error)"
            throw KubeletConfigurationError(.unreadableFile, "kubelet configuration \(path): \(reason)")
        }
        try self.init(path: path, bytes: bytes, directory: HostFiles.parent(of: absolute))
    }

    /// - Parameter directory: what relative paths in the file start from.
    init(path: String, bytes: [UInt8], directory: String) throws(KubeletConfigurationError) {
        self.path = path
        let document = try Self.document(
            bytes, KubeletConfiguration.kind, apiVersions: [KubeletConfiguration.apiVersion], path: path)
        let issues = KubeletConfiguration.decode(document).issues
        guard issues.isEmpty else {
            throw KubeletConfigurationError(.invalidFile, issues.map { Self.line($0, path: path) })
        }
        fields = Self.withAbsolutePaths(JSONValue(document), directory: directory)
    }

    static func line(_ issue: DecodingIssue, path: String) -> String {
        var parent = issue.path
        // An unknown or repeated field is named by its message already; what helps is where it stands.
        guard issue.kind == .unknownField || issue.kind == .duplicateField, !parent.components.isEmpty else {
            return "\(path):\(issue.mark.map { "\($0):" } ?? "") \(issue)"
        }
        parent.removeLast()
        let place = parent.components.isEmpty ? "" : " in \(parent)"
        return "\(path):\(issue.mark.map { "\($0):" } ?? "") \(issue.message)\(place)"
    }

    /// Reads the one object of a file.
    /// - Throws: `KubeletConfigurationError` with its place, unless it is of the kind, in one of the versions.
    static func document(
        _ bytes: [UInt8], _ kind: String, apiVersions: [String], path: String
    ) throws(KubeletConfigurationError) -> DocumentNode {
        let document: DocumentNode
        do {
            document = try DocumentReader.readSingle(bytes)
        } catch {
            throw KubeletConfigurationError(
                .invalidFile, "\(path):\(error.mark.map { "\($0):" } ?? "") \(error.message)")
        }
        try checkKind(document, kind, apiVersions: apiVersions, path: path)
        return document
    }

    private static func checkKind(
        _ document: DocumentNode, _ kind: String, apiVersions: [String], path: String
    ) throws(KubeletConfigurationError) {
        guard case .mapping = document.value else {
            let mark = document.mark.map { "\($0):" } ?? ""
            throw KubeletConfigurationError(.invalidFile, "\(path):\(mark) not a \(kind) object")
        }
        var messages: [String] = []
        for (name, expected) in [("kind", [kind]), ("apiVersion", apiVersions)] {
            let node = document[name]
            if let text = node?.stringValue, expected.contains(text) { continue }
            let found = node.map { ", found \(JSONValue($0).serializedString)" } ?? ", which is missing"
            let mark = (node?.mark ?? document.mark).map { "\($0):" } ?? ""
            messages.append("\(path):\(mark) expected \(name) \(expected[0])\(found)")
        }
        guard messages.isEmpty else { throw KubeletConfigurationError(.invalidFile, messages) }
    }

    /// The fields that hold paths, as upstream's `KubeletConfigurationPathRefs`.
    private static let pathFields: [[String]] = [
        ["staticPodPath"], ["authentication", "x509", "clientCAFile"], ["tlsCertFile"], ["tlsPrivateKeyFile"],
        ["resolvConf"], ["volumePluginDir"], ["podLogsDir"],
    ]

    private static func withAbsolutePaths(_ fields: JSONValue, directory: String) -> JSONValue {
        var fields = fields
        for names in pathFields {
            guard let path = fields.value(at: names)?.stringValue, !path.isEmpty, !path.hasPrefix("/") else { continue }
            fields.set(.string(FilePaths.join(directory, path)), at: names[...])
        }
        return fields
    }
}

extension JSONValue {
    /// This value changed by a JSON merge patch (RFC 7396): objects are merged, null removes, all else replaces.
    func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = objectValue ?? JSONObject()
        for (key, change) in changes.members.map({ ($0.key, $0.value) }) {
            result[key] = change.isNull ? nil : (result[key] ?? .null).merged(with: change)
        }
        return .object(result)
    }
}
