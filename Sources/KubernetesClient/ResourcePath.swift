/// A collection of objects, as its URL names it.
package struct ResourcePath: Sendable, Hashable, CustomStringConvertible {
    /// Empty for the core group.
    package var group: String
    package var version: String
    /// Plural and lower case.
    package var resource: String
    /// `nil` for objects without a namespace, and for those of all namespaces.
    package var namespace: String?

    package init(group: String = "", version: String = "v1", resource: String, namespace: String? = nil) {
        self.group = group
        self.version = version
        self.resource = resource
        self.namespace = namespace
    }

    package static func pods(namespace: String?) -> ResourcePath {
        ResourcePath(resource: "pods", namespace: namespace)
    }

    package static func events(namespace: String?) -> ResourcePath {
        ResourcePath(resource: "events", namespace: namespace)
    }

    package static func leases(namespace: String?) -> ResourcePath {
        ResourcePath(group: "coordination.k8s.io", resource: "leases", namespace: namespace)
    }

    package static let nodes = ResourcePath(resource: "nodes")
    package static let runtimeClasses = ResourcePath(group: "node.k8s.io", resource: "runtimeclasses")
    package static let namespaces = ResourcePath(resource: "namespaces")
    package static let subjectAccessReviews = ResourcePath(
        group: "authorization.k8s.io", resource: "subjectaccessreviews")

    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }

    func uri(name: String? = nil, subresource: String? = nil) -> String {
        var parts = group.isEmpty ? ["api", version] : ["apis", group, version]
        if let namespace { parts += ["namespaces", namespace] }
        parts.append(resource)
        if let name { parts.append(name) }
        if let subresource { parts.append(subresource) }
        return "/" + parts.map(URIQuery.encode).joined(separator: "/")
    }
}

/// Which objects of a collection, and how.
package struct ListOptions: Sendable, Hashable {
    package var fieldSelector: String?
    package var labelSelector: String?
    /// From which version to watch, or which a list must at least have.
    package var resourceVersion: String?
    /// Seconds after which the server shall end a watch; `nil` leaves it to the server.
    package var timeoutSeconds: Int?

    package init(
        fieldSelector: String? = nil, labelSelector: String? = nil, resourceVersion: String? = nil,
        timeoutSeconds: Int? = nil
    ) {
        self.fieldSelector = fieldSelector
        self.labelSelector = labelSelector
        self.resourceVersion = resourceVersion
        self.timeoutSeconds = timeoutSeconds
    }

    var query: URIQuery {
        [
            ("fieldSelector", fieldSelector), ("labelSelector", labelSelector), ("resourceVersion", resourceVersion),
            ("timeoutSeconds", timeoutSeconds.map(String.init)),
        ]
    }
}

/// The query of a URI; parameters without a value are left out.
package struct URIQuery: Sendable, ExpressibleByArrayLiteral {
    var items: [(name: String, value: String?)]

    package init(arrayLiteral elements: (String, String?)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// With the leading `?`; empty without parameters.
    var text: String {
        let pairs = items.compactMap { item in item.value.map { "\(item.name)=\(Self.encode($0))" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Escapes all but unreserved characters (RFC 3986, section 2.3).
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
