import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

@Suite struct PodFieldsTests {
    private func fields(_ change: (inout Pod) -> Void = { _ in }) -> PodFields {
        var pod = Pod.sample(containers: ["web", "bare"], initContainers: ["first"])
        pod.metadata.labels = ["app": "web", "a/b": "", "Z": "1"]
        pod.metadata.annotations = ["note": "two\nlines \"quoted\""]
        pod.spec.containers[0].resources.limits = [
            "cpu": "1500m", "memory": "100Mi", "ephemeral-storage": "1500k", "hugepages-2Mi": "4Mi",
        ]
        pod.spec.containers[0].resources.requests = ["cpu": "100m", "memory": "10Mi"]
        pod.spec.containers[1].resources.limits = ["cpu": "0"]
        pod.spec.initContainers[0].resources.limits = ["memory": "1Gi"]
        change(&pod)
        return PodFields(
            pod: pod,
            node: NodeFacts(
                name: "node", addresses: [], memoryCapacity: 0,
                allocatable: [
                    "cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "hugepages-2Mi": "1Gi",
                ]))
    }

    struct Field: Sendable, CustomTestStringConvertible {
        var path: String
        var text: String

        var testDescription: String { path }
    }

    @Test(arguments: [
        Field(path: "metadata.name", text: "web-node"),
        Field(path: "metadata.namespace", text: "default"),
        Field(path: "metadata.uid", text: "uid-1"),
        Field(path: "metadata.labels", text: "Z=\"1\"\na/b=\"\"\napp=\"web\""),
        Field(path: "metadata.annotations", text: "note=\"two\\nlines \\\"quoted\\\"\""),
        Field(path: "metadata.labels['app']", text: "web"),
        Field(path: "metadata.labels['none']", text: ""),
        Field(path: "metadata.annotations['note']", text: "two\nlines \"quoted\""),
    ])
    func metadataShows(_ field: Field) throws {
        var selector = ObjectFieldSelector()
        selector.fieldPath = field.path
        #expect(try fields().metadata(selector) == field.text)
    }

    @Test func aFieldThatIsNoneOfThePodsIsRefused() {
        var selector = ObjectFieldSelector()
        selector.fieldPath = "status.podIP"
        #expect(throws: PodFields.Unknown.self) { try fields().metadata(selector) }
    }

    struct Amount: Sendable, CustomTestStringConvertible {
        var container: String
        var resource: String
        var divisor: Quantity?
        var text: String

        init(_ container: String, _ resource: String, by divisor: Quantity? = nil, _ text: String) {
            (self.container, self.resource, self.divisor, self.text) = (container, resource, divisor, text)
        }

        var testDescription: String { "\(resource) of \(container) by \(divisor?.description ?? "nothing")" }
    }

    @Test(arguments: [
        Amount("web", "limits.cpu", "2"),
        Amount("web", "limits.cpu", by: "1m", "1500"),
        Amount("web", "requests.cpu", "1"),
        Amount("web", "limits.memory", "104857600"),
        Amount("web", "limits.memory", by: "1Mi", "100"),
        Amount("web", "requests.memory", by: "1Gi", "1"),
        Amount("web", "limits.ephemeral-storage", by: "1Mi", "2"),
        Amount("web", "limits.memory", by: "0", "104857600"),
        Amount("bare", "limits.cpu", "4"),
        Amount("bare", "limits.memory", by: "1Gi", "8"),
        Amount("bare", "limits.ephemeral-storage", by: "1Gi", "100"),
        Amount("web", "limits.hugepages-2Mi", "4194304"),
        Amount("web", "limits.hugepages-2Mi", by: "1Mi", "4"),
        Amount("bare", "limits.hugepages-2Mi", "0"),
        Amount("bare", "requests.hugepages-2Mi", "0"),
        Amount("bare", "requests.cpu", "0"),
        Amount("bare", "requests.memory", "0"),
        Amount("first", "limits.memory", by: "1Mi", "1024"),
    ])
    func amountsAreRoundedUpAndStandInForMissingLimits(_ amount: Amount) throws {
        var selector = ResourceFieldSelector()
        selector.containerName = amount.container
        selector.resource = amount.resource
        selector.divisor = amount.divisor
        #expect(try fields().amount(selector, default: nil) == amount.text)
    }

    @Test func anAmountOfNobodyIsRefused() {
        var selector = ResourceFieldSelector()
        selector.containerName = "nobody"
        selector.resource = "limits.cpu"
        #expect(throws: PodFields.Unknown.self) { try fields().amount(selector, default: .sample()) }
    }

    @Test(arguments: [
        ("plain text", "\"plain text\""),
        ("\u{7}\u{8}\u{C}\n\r\t\u{B}", #""\a\b\f\n\r\t\v""#),
        (#"a\b"c"#, #""a\\b\"c""#),
        ("\u{1}\u{7F}", #""\x01\x7f""#),
        ("größe 東京 🐳", "\"größe 東京 🐳\""),
        ("\u{A0}\u{AD}\u{2028}\u{FEFF}", #""\u00a0\u00ad\u2028\ufeff""#),
        ("\u{E0001}", #""\U000e0001""#),
    ])
    func textIsQuotedAsByGo(text: String, quoted: String) {
        #expect(PodFields.quoted(text) == quoted)
    }
}
