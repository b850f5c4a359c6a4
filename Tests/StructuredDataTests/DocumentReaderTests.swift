import StructuredData
import Testing

struct YAMLText: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var values: [JSONValue]

    init(_ description: String, _ text: String, _ values: JSONValue...) {
        testDescription = description
        self.text = text
        self.values = values
    }
}

struct YAMLFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var error: String

    init(_ description: String, _ text: String, _ error: String) {
        testDescription = description
        self.text = text
        self.error = error
    }
}

@Suite struct DocumentReaderTests {
    private func read(_ text: String) -> [Result<DocumentNode, DocumentError>] {
        DocumentReader.read(Array(text.utf8))
    }

    @Test(arguments: [
        YAMLText("nothing", ""),
        YAMLText("comments only", "# nothing\n---\n# here\n---\n"),
        YAMLText("two documents", "a: 1\n---\nb: 2\n", ["a": 1], ["b": 2]),
        YAMLText("JSON", " {\"a\": [1, true]}", ["a": [1, true]]),
        YAMLText(
            "words that are booleans", "[yes, No, on, OFF, y, true, \"yes\", 'no']".indented,
            ["k": [true, false, true, false, true, true, "yes", "no"]]),
        YAMLText("nulls", "[~, null, NULL, '', nul]".indented, ["k": [.null, .null, .null, "", "nul"]]),
        YAMLText("empty value is null", "k:\n", ["k": .null]),
        YAMLText(
            "whole numbers", "[0644, 0o17, 0x1F, 0b101, -7, +8, 1_000]".indented,
            ["k": [420, 15, 31, 5, -7, 8, 1000]]),
        YAMLText("fractions", "[1.5, 1e3, .5, -2.]".indented, ["k": [1.5, 1000.0, 0.5, -2.0]]),
        YAMLText(
            "texts that look like numbers", "[1.2.3, 12:30:00, 2024-01-02, 1Gi, 0x, -, \"5\"]".indented,
            ["k": ["1.2.3", "12:30:00", "2024-01-02", "1Gi", "0x", "-", "5"]]),
        YAMLText("tags", "[!!str 5, !!int \"5\", !mine x]".indented, ["k": ["5", 5, "x"]]),
        YAMLText("keys that are no strings", "1: a\ntrue: b\n1.5: c\n", ["1": "a", "true": "b", "1.5": "c"]),
        YAMLText("block scalars", "k: |\n  a\n  b\nl: >\n  a\n  b\n", ["k": "a\nb\n", "l": "a b\n"]),
        YAMLText("alias", "a: &x {b: 1}\nc: *x\n", ["a": ["b": 1], "c": ["b": 1]]),
        YAMLText(
            "merge: own keys win, then the first", "k: {<<: [{a: 1, b: 1}, {b: 2, c: 2}], a: 0}\n",
            ["k": ["a": 0, "b": 1, "c": 2]]),
        YAMLText("quoted merge sign is a key", "'<<': 1\n", ["<<": 1]),
    ])
    func readsAsUpstreamDoes(_ example: YAMLText) throws {
        #expect(try read(example.text).map { JSONValue(try $0.get()) } == example.values)
    }

    @Test(arguments: [
        YAMLFault(
            "tab for indentation", "a:\n\tb: 1\n", "2:1: while scanning for the next token: found character that"),
        YAMLFault("unclosed list", "a: [1, 2\nb: 3\n", "2:2: "),
        YAMLFault("unknown alias", "a: *nobody\n", "1:4: there is no anchor \"nobody\" before this alias"),
        YAMLFault("merging a number", "<<: 5\n", "1:5: only mappings can be merged"),
        YAMLFault("mapping as key", "? {a: 1}\n: 2\n", "1:3: a key must be a single value"),
        YAMLFault("control character", "a: 1\nb: \u{1}\n", "2:4: control characters are not allowed"),
        YAMLFault("JSON with a trailing comma", "{\n  \"a\": 1,\n}", "3:1: unexpected character '}'"),
    ])
    func tellsWhereItIsWrong(_ fault: YAMLFault) throws {
        let results = read(fault.text)
        #expect(results.count == 1)
        let error = #expect(throws: DocumentError.self) { try results[0].get() }
        #expect(error?.description.hasPrefix(fault.error) == true, "\(String(describing: error))")
    }

    @Test func documentsAroundOneThatIsBrokenAreRead() {
        let results = read("a: 1\n---\nb: *nobody\n---\nc: 3\n")
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
    }

    @Test func nestedAliasesDoNotExplode() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let aliases = repeatElement("*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let error = #expect(throws: DocumentError.self) { try read(text)[0].get() }
        #expect(error?.message == "aliases make the document larger than 100000 values")
    }

    @Test func bottomlessNestingIsRefused() {
        let error = #expect(throws: DocumentError.self) {
            try read("a: " + String(repeating: "[", count: 5000)).last?.get()
        }
        #expect(error != nil)
    }

    @Test func fieldPathsLeadToLines() throws {
        let text = """
            metadata:
              annotations:
                example.com/a.b: x
            spec:
              containers:
              - name: web
                resources:
                  limits: {cpu: 1}
            """
        let document = try DocumentReader.readSingle(Array(text.utf8))
        func place(_ path: String) -> String? {
            document.mark(at: FieldPath(parsing: path))?.description
        }
        #expect(place("spec.containers[0].name") == "6:11")
        #expect(place("spec.containers") == "5:3")
        #expect(place("spec.containers[0].resources.limits[cpu]") == "8:21")
        #expect(place("spec.containers[0].image") == "6:5")
        #expect(place("spec.containers[3].image") == "5:3")
        #expect(place("metadata.annotations[example.com/a.b]") == "3:22")
        #expect(place("status") == "1:1")
    }

    @Test func aSingleDocumentIsExpected() {
        #expect(throws: DocumentError.self) { try DocumentReader.readSingle([]) }
        let error = #expect(throws: DocumentError.self) {
            try DocumentReader.readSingle(Array("a: 1\n---\nb: 1\n".utf8))
        }
        #expect(error?.description == "3:1: only one document is expected")
    }
}

extension String {
    fileprivate var indented: String { "k: \(self)\n" }
}
