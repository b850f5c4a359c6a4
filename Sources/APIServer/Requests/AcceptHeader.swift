/// In which shape a client wants an answer.
enum ResponseShape: Sendable, Hashable {
    /// Which part of an object goes with its row of a table.
    enum RowObject: String, Sendable, Hashable {
        case none = "None"
        case metadata = "Metadata"
        case object = "Object"
    }

    case object
    /// Rows and columns; the version is `v1` or `v1beta1`.
    case table(version: String)
    /// `PartialObjectMetadata`, or a list of it.
    case metadata(version: String)
}

/// The media types a client accepts, best first.
struct AcceptHeader: Sendable, Hashable {
    struct MediaRange: Sendable, Hashable {
        var type: String
        var parameters: [String: String]
        var quality: Double

        fileprivate var coversJSON: Bool { ["application/json", "application/*", "*/*"].contains(type) }
    }

    var ranges: [MediaRange]

    init(_ values: [String]) {
        let parsed = values.flatMap { $0.split(separator: ",") }.compactMap { Self.range($0) }
        // Ranges of equal quality stay in their order.
        ranges = parsed.enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
            .map(\.element)
            .filter { $0.quality > 0 }
        if values.isEmpty { ranges = [MediaRange(type: "*/*", parameters: [:], quality: 1)] }
    }

    /// The shape of an answer with objects.
    /// - Throws: `APIError` with code `notAcceptable`.
    func shape() throws(APIError) -> ResponseShape {
        for range in ranges where range.coversJSON {
            let version = range.parameters["v"] ?? "v1"
            let isKnown = range.parameters["g"] == "meta.k8s.io" && ["v1", "v1beta1"].contains(version)
            switch range.parameters["as"] {
            case nil: return .object
            case "Table" where isKnown: return .table(version: version)
            case "PartialObjectMetadata" where isKnown, "PartialObjectMetadataList" where isKnown:
                return .metadata(version: version)
            default: continue
            }
        }
        throw Self.notAcceptable
    }

    /// The version of the aggregated discovery document that the client prefers to the plain ones, if it does.
    func discoveryVersion() throws(APIError) -> String? {
        for range in ranges where range.coversJSON {
            guard let form = range.parameters["as"] else { return nil }
            let version = range.parameters["v"] ?? ""
            if form == "APIGroupDiscoveryList", range.parameters["g"] == "apidiscovery.k8s.io",
                ["v2", "v2beta1"].contains(version)
            {
                return version
            }
        }
        throw Self.notAcceptable
    }

    private static let notAcceptable = APIError(
        .notAcceptable, "only the following media types are accepted: application/json, application/json;stream=watch")

    private static func range(_ text: Substring) -> MediaRange? {
        var parts = text.split(separator: ";").map { Self.trimmed($0) }[...]
        guard let type = parts.popFirst(), !type.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            parameters[String(part[..<equals])] = String(part[part.index(after: equals)...])
        }
        let quality = parameters["q"].flatMap(Double.init) ?? 1
        return MediaRange(type: type.lowercased(), parameters: parameters, quality: quality)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}
