import KubernetesAPI
import StructuredData
import Testing

/// Decodes a manifest and expects that nothing is wrong with its form.
func decodePod(_ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Pod {
    let decoded = Pod.decode(try DocumentReader.readSingle(Array(yaml.utf8)))
    #expect(decoded.issues.isEmpty, sourceLocation: sourceLocation)
    return decoded.value
}

/// A small valid pod with more lines in its spec.
func decodePod(spec lines: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Pod {
    let indented = lines.split(separator: "\n").map { "  \($0)\n" }.joined()
    let containers = lines.contains("containers:") ? "" : "  containers: [{name: web, image: nginx}]\n"
    let yaml = "metadata: {name: web, namespace: default}\nspec:\n\(containers)\(indented)"
    return try decodePod(yaml, sourceLocation: sourceLocation)
}
