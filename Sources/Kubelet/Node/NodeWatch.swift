import KubernetesAPI
import PodLifecycle

/// Tells admission what labels and taints this node has at the API server.
package struct NodeWatch: Sendable {
    private let api: any NodeAPI
    private let nodeName: String
    private let admission: PodAdmission

    package init(api: any NodeAPI, nodeName: String, admission: PodAdmission) {
        self.api = api
        self.nodeName = nodeName
        self.admission = admission
    }

    /// Runs until cancelled.
    func run() async {
        for await node in api.watchNode(nodeName) { admission.note(NodeTraits(of: node)) }
    }

    /// Looks at once, without waiting for a change to arrive.
    func refresh() async {
        guard let node = try? await api.node(nodeName) else { return }
        admission.note(NodeTraits(of: node))
    }
}
