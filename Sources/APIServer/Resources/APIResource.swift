import ObjectStore
import StructuredData

/// A kind of object that the server keeps, or a kind of question that it answers.
struct APIResource: Sendable {
    /// Something below an object that has its own path.
    struct Subresource: Sendable {
        var name: String
        var kind: String
        /// Group and version of the kind, where they are not the resource's.
        var group = ""
        var version = ""
        var verbs: [String]
    }

    var group = ""
    var version = "v1"
    var plural: String
    var singular: String
    var kind: String
    var shortNames: [String] = []
    var categories: [String] = []
    var isNamespaced: Bool
    var verbs = APIResource.allVerbs
    var subresources: [Subresource] = []
    var strategy: any ResourceStrategy = PlainStrategy()
    var table = TableSchema.plain
    /// How writes are done: what is soon renewed need not survive the loss of power.
    var writeOptions = WriteOptions()

    static let allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

    /// `v1` or `coordination.k8s.io/v1`.
    var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `pods` or `leases.coordination.k8s.io`, as errors name it.
    var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// Under which key in the store all its objects are, or those of a namespace.
    func keyPrefix(namespace: String) -> String {
        let all = "/registry/\(group.isEmpty ? "core" : group)/\(plural)/"
        return namespace.isEmpty ? all : "\(all)\(namespace)/"
    }

    func key(namespace: String, name: String) -> String { keyPrefix(namespace: namespace) + name }

    func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }
}
