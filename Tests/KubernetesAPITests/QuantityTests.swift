import KubernetesAPI
import StructuredData
import Testing

struct QuantityText: Sendable, CustomTestStringConvertible {
    var text: String
    var canonical: String
    var value: Int64
    var milliValue: Int64

    init(_ text: String, _ canonical: String, _ value: Int64, _ milliValue: Int64) {
        self.text = text
        self.canonical = canonical
        self.value = value
        self.milliValue = milliValue
    }

    var testDescription: String { "\(text) is \(canonical)" }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        QuantityText("0", "0", 0, 0),
        QuantityText("100m", "100m", 1, 100),
        QuantityText("0.5", "500m", 1, 500),
        QuantityText("1.", "1", 1, 1000),
        QuantityText(".25", "250m", 1, 250),
        QuantityText("1000m", "1", 1, 1000),
        QuantityText("1500", "1500", 1500, 1_500_000),
        QuantityText("2000", "2k", 2000, 2_000_000),
        QuantityText("1Gi", "1Gi", 1_073_741_824, 1_073_741_824_000),
        QuantityText("1024Mi", "1Gi", 1_073_741_824, 1_073_741_824_000),
        QuantityText("1.5Gi", "1536Mi", 1_610_612_736, 1_610_612_736_000),
        QuantityText("0.5Ki", "512", 512, 512_000),
        QuantityText("0.1Ki", "102400m", 103, 102_400),
        QuantityText("1e3", "1e3", 1000, 1_000_000),
        QuantityText("12E", "12E", .max, .max),
        QuantityText("1E3", "1e3", 1000, 1_000_000),
        QuantityText("-1500m", "-1500m", -1, -1500),
        QuantityText("+3", "3", 3, 3000),
        QuantityText("1n", "1n", 1, 1),
        QuantityText("0.1n", "1n", 1, 1),
        QuantityText("0.00000000000000000000000000000000000000000001", "1n", 1, 1),
        QuantityText("100000000000000000000000000000", "9223372036854775807", .max, .max),
    ])
    func readsAndWritesCanonically(_ example: QuantityText) throws {
        let quantity = try #require(Quantity(example.text))
        #expect(quantity.description == (example.text == "12E" ? "9223372036854775807" : example.canonical))
        #expect(quantity.value == example.value)
        #expect(quantity.milliValue == example.milliValue)
    }

    @Test(arguments: ["", "m", "1x", "1.2.3", "1 Gi", "Gi", "1ki", "e3", "1e", "--1", "1e3.5", "0x10"])
    func refusesOtherTexts(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func amountsAreComparedWhateverTheirNotation() {
        #expect(Quantity("1024Mi") == Quantity("1Gi"))
        #expect(Quantity("1") == Quantity("1000m"))
        #expect(("1Gi" as Quantity) > ("1G" as Quantity))
        #expect(Set<Quantity>(["1", "1000m", "1e0"]).count == 1)
    }

    @Test func sumsKeepTheNotation() {
        #expect((("1Gi" as Quantity) + ("512Mi" as Quantity)).description == "1536Mi")
        #expect((Quantity() + ("1Gi" as Quantity)).description == "1Gi")
        #expect((("1" as Quantity) - ("250m" as Quantity)).description == "750m")
    }

    @Test func isDecodedFromNumbersToo() throws {
        let resources = try ResourceRequirements(["limits": ["cpu": 0.5, "memory": 1024]])
        #expect(resources.limits == ["cpu": "500m", "memory": "1024"])
        #expect(resources.encoded() == ["limits": ["cpu": "500m", "memory": "1024"]])
        let issues = ResourceRequirements.decode(["limits": ["cpu": "lots"]]).issues
        #expect(issues.map(\.description) == ["limits[cpu]: \"lots\" is not a quantity such as 500m, 1.5Gi or 2e3"])
    }
}
