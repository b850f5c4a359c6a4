import KubernetesAPI
import StructuredData

/// Reads one pod of a manifest.
struct ManifestItemReader: Sendable {
    let reader: ManifestReader
    let file: String
    let seen: Timestamp

    /// The pod in a document, or everything that is wrong with it.
    /// - Parameter isListItem: items of a list may leave out kind and version.
    func read(_ document: DocumentNode, isListItem: Bool = false) -> ManifestItem {
        let header = headerProblems(document, kinds: ["Pod"], isListItem: isListItem)
        guard header.isEmpty else {
            return ManifestItem(outcome: .rejected, fullName: nil, problems: header)
        }
        let decoded = Pod.decode(document)
        let identity = StaticPodIdentity(nodeName: reader.nodeName, source: reader.source, seen: seen)
        let (pod, hash) = identity.apply(to: decoded.value)
        let desired = DesiredPod(
            pod: pod, hash: hash, origin: file, hasFixedUID: !decoded.value.metadata.uid.isEmpty)
        let name = document["metadata"]?["name"]?.stringValue.flatMap { $0.isEmpty ? nil : pod.fullName }

        let misspelt = decoded.issues.filter(\.isMisspelling)
        let broken = decoded.issues.filter { !$0.isMisspelling }
        let rejections = broken.map { problem($0, .error, name) } + fieldProblems(pod, document, broken, name)
        let isStrict = reader.fieldValidation == .strict
        let problems = rejections + misspelt.map { problem($0, isStrict ? .error : .warning, name) }
        let outcome: ManifestItem.Outcome =
            if !rejections.isEmpty {
                .rejected
            } else if isStrict && !misspelt.isEmpty {
                .misspelt(desired)
            } else {
                .accepted(desired)
            }
        return ManifestItem(
            outcome: outcome, fullName: name, nameMark: document.mark(at: FieldPath("metadata").child("name")),
            problems: problems.sorted(by: isBefore))
    }

    /// What keeps a document from being one of those kinds.
    func headerProblems(_ document: DocumentNode, kinds: [String], isListItem: Bool = false) -> [ManifestProblem] {
        guard case .mapping = document.value else {
            let found = FieldInput.node(document).found
            return [problem("a \(kinds[0]) is expected, found \(found)", document.mark)]
        }
        var problems: [ManifestProblem] = []
        check("kind", of: document, among: kinds, isListItem, &problems)
        // Of another kind the version doesn't matter.
        if problems.isEmpty { check("apiVersion", of: document, among: ["v1"], isListItem, &problems) }
        return problems
    }

    private func check(
        _ field: String, of document: DocumentNode, among allowed: [String], _ mayBeMissing: Bool,
        _ problems: inout [ManifestProblem]
    ) {
        let mark = document.mark(at: FieldPath(field))
        let choice = allowed.joined(separator: " or ")
        guard let node = document[field] else {
            if !mayBeMissing {
                problems.append(problem("\(field): required field is missing, expected \(choice)", mark))
            }
            return
        }
        guard let found = node.stringValue, allowed.contains(found) else {
            let found = FieldInput.node(node).found
            return problems.append(problem("\(field): expected \(choice), found \(found)", mark))
        }
    }

    /// What validation, the rules for static pods and the limits of this version have against the pod.
    private func fieldProblems(
        _ pod: Pod, _ document: DocumentNode, _ broken: [DecodingIssue], _ name: PodFullName?
    ) -> [ManifestProblem] {
        var issues = PodValidation.validate(pod)
        let forbidden = ForbiddenReferences.inStaticPod(pod)
        issues += forbidden
        // What is forbidden anyway needn't be said to be missing too.
        issues += SupportedFeatures.issues(in: pod).filter { issue in
            !forbidden.contains { $0.path.isSame(orBelow: issue.path) }
        }
        return issues.filter { issue in
            // A field that could not be decoded has its default, against which nothing is to be said.
            !broken.contains { issue.path.isSame(orBelow: $0.path) }
        }
        .map { issue in
            ManifestProblem(file: file, mark: document.mark(at: issue.path), message: issue.description, pod: name)
        }
    }

    private func problem(_ message: String, _ mark: SourceMark?) -> ManifestProblem {
        ManifestProblem(file: file, mark: mark, message: message)
    }

    private func problem(
        _ issue: DecodingIssue, _ severity: ManifestProblem.Severity, _ name: PodFullName?
    ) -> ManifestProblem {
        ManifestProblem(file: file, mark: issue.mark, message: issue.description, severity: severity, pod: name)
    }

    private func isBefore(_ left: ManifestProblem, _ right: ManifestProblem) -> Bool {
        let start = SourceMark(line: 0, column: 0)
        return (left.mark ?? start, left.message) < (right.mark ?? start, right.message)
    }
}

extension DecodingIssue {
    /// Whether upstream's decoder would have dropped the field silently.
    fileprivate var isMisspelling: Bool { kind == .unknownField || kind == .duplicateField }
}

extension FieldPath {
    func isSame(orBelow other: FieldPath) -> Bool { components.starts(with: other.components) }
}
