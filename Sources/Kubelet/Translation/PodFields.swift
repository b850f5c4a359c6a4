import KubernetesAPI

/// Values of a pod's own fields, as environment variables and files show them (upstream: `pkg/fieldpath/fieldpath.go`
/// and `pkg/api/v1/resource/helpers.go`).
struct PodFields: Sendable {
    /// Why there is no value.
    struct Unknown: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    let pod: Pod
    let node: NodeFacts

    /// A field of the metadata. A label or annotation that isn't there is empty.
    func metadata(_ field: ObjectFieldSelector) throws -> String {
        switch field.fieldPath {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "metadata.labels": return Self.lines(pod.metadata.labels)
        case "metadata.annotations": return Self.lines(pod.metadata.annotations)
        default: break
        }
        if let key = field.key(of: "metadata.labels") { return pod.metadata.labels[key] ?? "" }
        if let key = field.key(of: "metadata.annotations") { return pod.metadata.annotations[key] ?? "" }
        throw Unknown("unknown field \(field.fieldPath)")
    }

    /// An amount in units of the divisor, rounded up. A limit that isn't set, or is zero, is the pod's own, or
    /// what the node has for pods; but nobody has huge pages without a limit of them.
    /// - Parameter container: whose amount it is when the selector names none.
    func amount(_ selector: ResourceFieldSelector, default container: Container?) throws -> String {
        let name = selector.containerName
        guard let chosen = name.isEmpty ? container : pod.spec.container(named: name) else {
            throw Unknown("container \(name) not found")
        }
        let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else {
            throw Unknown("unknown resource \(selector.resource)")
        }
        let resource = parts[1]
        var amount = chosen.resources.requests[resource]
        if parts[0] == "limits" {
            amount = chosen.resources.limits[resource]
            if amount?.isZero ?? true, !ResourceName.isHugePages(resource) {
                let own = pod.spec.resources?.limits[resource]
                amount = own?.isZero == false ? own : node.allocatable[resource]
            }
        }
        let divisor = selector.divisor.flatMap { $0.isZero ? nil : $0 } ?? Quantity(1)
        let units = { (quantity: Quantity) in resource == "cpu" ? quantity.milliValue : quantity.value }
        return String(Self.divideUp(units(amount ?? Quantity()), by: max(1, units(divisor))))
    }

    private static func divideUp(_ number: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// A line for each entry, sorted by key: `app="web"`.
    private static func lines(_ entries: [String: String]) -> String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: "\n")
    }

    /// The text as Go's `strconv.Quote` writes it, which upstream uses for these files.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if let escape = escapes[scalar] {
                result += "\\" + escape
            } else if isPrinted(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar.isASCII {
                result += "\\x" + hexadecimal(scalar, width: 2)
            } else {
                let isWide = scalar.value > 0xFFFF
                result += (isWide ? "\\U" : "\\u") + hexadecimal(scalar, width: isWide ? 8 : 4)
            }
        }
        return result + "\""
    }

    private static let escapes: [Unicode.Scalar: String] = [
        "\"": "\"", "\\": "\\", "\u{7}": "a", "\u{8}": "b", "\u{C}": "f", "\n": "n", "\r": "r", "\t": "t", "\u{B}": "v",
    ]

    private static func hexadecimal(_ scalar: Unicode.Scalar, width: Int) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// What Go's `strconv.IsPrint` says: letters, marks, numbers, punctuation, symbols, and of blanks the plain one.
    private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
