package import KubernetesAPI
import StructuredData

/// What is done about unknown and repeated fields.
package enum FieldValidation: String, Sendable, Hashable {
    /// They reject the manifest.
    case strict = "Strict"
    /// They are dropped with a warning, as upstream does without one.
    case warn = "Warn"
}

/// Reads pods from manifests, exactly as the kubelet and `lint` do: pure.
package struct ManifestReader: Sendable {
    /// 10 MiB, as upstream (`pkg/kubelet/config/common.go`).
    package static let sizeLimit = 10 << 20

    package var nodeName: String
    package var source: PodSourceKind
    package var fieldValidation: FieldValidation

    package init(nodeName: String, source: PodSourceKind = .file, fieldValidation: FieldValidation = .strict) {
        self.nodeName = nodeName
        self.source = source
        self.fieldValidation = fieldValidation
    }

    /// The pods of a manifest, and everything wrong with it.
    /// - Parameters:
    ///   - file: where the bytes come from, for messages.
    ///   - seen: when they were read, for `kubernetes.io/config.seen`.
    package func read(_ bytes: [UInt8], file: String, seen: Timestamp) -> ManifestResult {
        guard bytes.count <= Self.sizeLimit else {
            return ManifestResult(problems: [tooLarge(file, bytes: bytes.count)])
        }
        var result = ManifestResult()
        let documents = DocumentReader.read(bytes)
        for document in documents {
            switch document {
            case .success(let node):
                result.items += read(node, file: file, seen: seen, into: &result.problems)
            case .failure(let error):
                result.problems.append(ManifestProblem(file: file, mark: error.mark, message: error.message))
            }
        }
        rejectRepeatedNames(in: &result, file: file)
        if documents.isEmpty {
            let start = SourceMark(line: 1, column: 1)
            result.problems.append(ManifestProblem(file: file, mark: start, message: "the manifest holds no pod"))
        }
        return result
    }

    /// What is wrong with a file of that many bytes.
    package func tooLarge(_ file: String, bytes: some BinaryInteger) -> ManifestProblem {
        ManifestProblem(
            file: file, mark: SourceMark(line: 1, column: 1),
            message: "the manifest is \(bytes) bytes long; at most \(Self.sizeLimit) are read")
    }

    private func read(
        _ document: DocumentNode, file: String, seen: Timestamp, into problems: inout [ManifestProblem]
    ) -> [ManifestItem] {
        let reading = ManifestItemReader(reader: self, file: file, seen: seen)
        guard source == .http, let kind = document["kind"]?.stringValue, kind == "PodList" || kind == "List" else {
            return [reading.read(document)]
        }
        let header = reading.headerProblems(document, kinds: ["PodList", "List"])
        problems += header
        guard header.isEmpty else { return [] }
        let message: String
        switch document["items"]?.value {
        case .sequence(let items)?: return items.map { reading.read($0, isListItem: true) }
        // How Go writes an empty list.
        case .null?: return []
        case nil: message = "items: required field is missing"
        default: message = "items: expected a list"
        }
        problems.append(ManifestProblem(file: file, mark: document.mark(at: FieldPath("items")), message: message))
        return []
    }

    private func rejectRepeatedNames(in result: inout ManifestResult, file: String) {
        var seen: Set<PodFullName> = []
        for index in result.items.indices {
            guard let name = result.items[index].fullName, !seen.insert(name).inserted else { continue }
            result.items[index].outcome = .rejected
            result.items[index].problems.append(
                ManifestProblem(
                    file: file, mark: result.items[index].nameMark,
                    message: "metadata.name: pod \(name) is defined twice in this manifest", pod: name))
        }
    }
}
