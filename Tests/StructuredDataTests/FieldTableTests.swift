import StructuredData
import Testing

private struct Colour: StringFieldValue {
    var rawValue: String
    init(rawValue: String) { self.rawValue = rawValue }
}

private struct Wheel: FieldTableCodable {
    var size: Int32 = 0
    var colour: Colour = ""

    static let fields = FieldTable<Wheel> { table in
        table.always("size", \.size)
        table.optional("colour", \.colour)
    }
}

private struct Vehicle: FieldTableCodable {
    var name = ""
    var wheels: [Wheel] = []
    var labels: [String: String] = [:]
    var spare: Wheel?
    var isFast: Bool?

    static let fields = FieldTable<Vehicle> { table in
        table.required("name", \.name)
        table.optional("wheels", \.wheels)
        table.optional("labels", \.labels)
        table.optional("spare", \.spare)
        table.optional("isFast", \.isFast)
        table.ignored("legacy")
    }
}

struct FieldFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var issues: [String]

    init(_ description: String, _ text: String, _ issues: String...) {
        testDescription = description
        self.text = text
        self.issues = issues
    }
}

@Suite struct FieldTableTests {
    private func decode(_ text: String) throws -> Decoded<Vehicle> {
        Vehicle.decode(try DocumentReader.readSingle(Array(text.utf8)))
    }

    @Test(arguments: [
        FieldFault("nothing wrong", "name: a\nlegacy: {x: 1}\nspare:\n"),
        FieldFault(
            "unknown field", "name: a\nwhells: []\n", "2:1 whells: unknown field \"whells\", did you mean \"wheels\"?"),
        FieldFault("unknown field like no other", "name: a\nengine: x\n", "2:1 engine: unknown field \"engine\""),
        FieldFault("field given twice", "name: a\nname: b\n", "2:1 name: field \"name\" is given twice"),
        FieldFault("label given twice", "name: a\nlabels: {x: a, x: b}\n", "2:16 labels[x]: duplicate key \"x\""),
        FieldFault("missing field", "labels: {}\n", "1:1 name: required field is missing"),
        FieldFault("number for a string", "name: 5\n", "1:7 name: expected a string, found number 5: put it in quotes"),
        FieldFault(
            "wrong types do not hide one another", "name: [a]\nwheels:\n- size: big\n- size: 3000000000\n- 5\n",
            "1:7 name: expected a string, found a list",
            "3:9 wheels[0].size: expected a whole number, found string \"big\"",
            "4:9 wheels[1].size: 3000000000 is not between -2147483648 and 2147483647",
            "5:3 wheels[2]: expected a mapping, found number 5"),
        FieldFault("no mapping at all", "- a\n", "1:1 expected a mapping, found a list"),
    ])
    func reportsEverythingThatIsWrong(_ fault: FieldFault) throws {
        let issues = try decode(fault.text).issues
        #expect(issues.map { "\($0.mark.map { "\($0)" } ?? "-") \($0)" } == fault.issues)
    }

    @Test func goodFieldsAreKeptBesideBadOnes() throws {
        let vehicle = try decode("name: car\nisFast: maybe\nwheels:\n- {size: x, colour: red}\n").value
        #expect(vehicle.name == "car")
        #expect(vehicle.isFast == nil)
        #expect(vehicle.wheels == [Wheel { $0.colour = "red" }])
    }

    @Test func unknownFieldsAreLetPassWhenLenient() throws {
        let decoded = Vehicle.decode(["name": "car", "engine": "x"])
        #expect(try decoded.lenient().name == "car")
        let error = #expect(throws: FieldDecodingError.self) { try decoded.strict() }
        #expect(error?.description == "engine: unknown field \"engine\"")
    }

    @Test func encodesInTableOrderWithoutEmptyFields() throws {
        let vehicle = Vehicle {
            $0.wheels = [Wheel { $0.colour = "red" }]
            $0.labels = ["b": "2", "a": "1"]
            $0.spare = Wheel()
            $0.isFast = false
        }
        #expect(
            vehicle.encoded().serializedString
                == #"{"name":"","wheels":[{"size":0,"colour":"red"}],"#
                + #""labels":{"a":"1","b":"2"},"spare":{"size":0},"isFast":false}"#)
        #expect(try Vehicle(vehicle.encoded()) == vehicle)
    }

    @Test func nullElementsStandForEmptyValues() throws {
        let vehicle = try Vehicle(["name": "a", "labels": ["x": .null], "wheels": [.null]])
        #expect(vehicle.labels == ["x": ""])
        #expect(vehicle.wheels == [Wheel()])
    }

    @Test(arguments: [("imagee", "image"), ("IMAGE", "image"), ("imgae", "image"), ("prots", "ports")])
    func nearestWordForgivesTypos(mistyped: String, meant: String) {
        #expect(nearestWord(to: mistyped, among: ["image", "ports", "env"]) == meant)
        #expect(nearestWord(to: "volumes", among: ["image", "ports", "env"]) == nil)
    }
}
