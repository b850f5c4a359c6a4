/// The way to a field, written as upstream writes it: `spec.containers[0].resources.limits[cpu]`.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    package enum Component: Sendable, Hashable {
        /// A field of an API type.
        case name(String)
        /// An element of a list.
        case index(Int)
        /// A key of a map.
        case key(String)
    }

    package private(set) var components: [Component]

    /// The path of the document itself, written as nothing.
    package init() {
        components = []
    }

    package init(_ name: String) {
        components = [.name(name)]
    }

    /// Reads a written path back; a number in brackets is taken as an index.
    package init(parsing text: String) {
        components = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "[", let end = rest.firstIndex(of: "]") {
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                components.append(Int(inner).map { .index($0) } ?? .key(String(inner)))
                rest = rest[rest.index(after: end)...]
            } else if first == "." {
                rest = rest.dropFirst()
            } else {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                components.append(.name(String(name.isEmpty ? rest : name)))
                rest = name.isEmpty ? "" : rest[name.endIndex...]
            }
        }
    }

    package func child(_ names: String...) -> FieldPath {
        var path = self
        path.components += names.map { .name($0) }
        return path
    }

    package func index(_ index: Int) -> FieldPath {
        appending(.index(index))
    }

    package func key(_ key: String) -> FieldPath {
        appending(.key(key))
    }

    package func appending(_ component: Component) -> FieldPath {
        var path = self
        path.append(component)
        return path
    }

    package mutating func append(_ component: Component) {
        components.append(component)
    }

    package mutating func removeLast() {
        components.removeLast()
    }

    package var description: String {
        components.reduce(into: "") { text, component in
            switch component {
            case .name(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            case .key(let key): text += "[\(key)]"
            }
        }
    }
}
