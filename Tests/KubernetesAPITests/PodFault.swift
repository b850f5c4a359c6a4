import KubernetesAPI
import Testing

/// A pod and everything that validation has against it.
struct PodFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Lines of the metadata besides name and namespace.
    var metadata = ""
    /// Lines of the spec.
    var text = ""
    var issues: [String]

    init(_ description: String, _ text: String, _ issues: String...) {
        testDescription = description
        self.text = text
        self.issues = issues
    }

    /// A pod whose only container has these fields besides name and image.
    init(_ description: String, container fields: String, _ issues: String...) {
        testDescription = description
        text = "containers: [{name: web, image: nginx, \(fields)}]"
        self.issues = issues.map { "spec.containers[0].\($0)" }
    }

    /// A pod with these lines in its metadata, and perhaps some in its spec.
    init(_ description: String, metadata: String, spec: String = "", _ issues: String...) {
        testDescription = description
        self.metadata = metadata
        text = spec
        self.issues = issues
    }

    /// Expects exactly the issues.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var pod = try decodePod(spec: text, sourceLocation: sourceLocation)
        if !metadata.isEmpty {
            let lines = metadata.split(separator: "\n").map { "  \($0)\n" }.joined()
            pod.metadata = try decodePod("metadata:\n\(lines)", sourceLocation: sourceLocation).metadata
        }
        let found = PodValidation.validate(pod.withDefaults()).map(\.description)
        #expect(found == issues, sourceLocation: sourceLocation)
    }
}

/// Upstream's words about names, which many fields have in common.
enum NameFault {
    static let label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
        + "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    static let subdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        + "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    static let key =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
        + "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    static let value =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
        + "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
}
