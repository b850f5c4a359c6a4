import KubernetesAPI
import StructuredData

/// Below a pod, where alone its amounts of CPU and memory are written (upstream: `podResizeStrategy` in
/// `pkg/registry/core/pod/strategy.go`).
extension PodStrategy {
    static let resize = "resize"

    /// Lets an update change amounts and their policies only; what becomes of these, `PodResize` says.
    func takeAmounts(_ object: inout JSONValue, old: JSONValue) throws(APIError) {
        var changed = old
        changed.set(object.value(at: "spec", "resources"), at: "spec", "resources")
        for list in ["containers", "initContainers"] {
            let (before, after) = (old.elements("spec", list), object.elements("spec", list))
            // Other containers are refused, and so have to be seen.
            guard before.map({ $0["name"] }) == after.map({ $0["name"] }) else {
                changed.set(.array(after), at: "spec", list)
                continue
            }
            guard !before.isEmpty else { continue }
            let merged = zip(before, after).map { before, after in
                var container = before
                for field in ["resources", "resizePolicy"] { container[field] = after[field] }
                return container
            }
            changed.set(.array(merged), at: "spec", list)
        }
        object = old
        object["spec"] = try typed(changed).withDefaults().spec.encoded()
    }

    func resizeIssues(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        do {
            return PodResize(old: try typed(old), new: try typed(object)).issues()
        } catch {
            return [FieldError(.invalid, "", error.message)]
        }
    }
}
