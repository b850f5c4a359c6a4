import StructuredData
import Testing

struct JSONText: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var value: JSONValue

    init(_ description: String, _ text: String, _ value: JSONValue) {
        testDescription = description
        self.text = text
        self.value = value
    }
}

struct JSONFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var line: Int
    var column: Int

    init(_ description: String, _ text: String, _ line: Int, _ column: Int) {
        testDescription = description
        self.text = text
        self.line = line
        self.column = column
    }
}

@Suite struct JSONValueTests {
    @Test(arguments: [
        JSONText("null", "null", .null),
        JSONText("white space around", " \n true\t", true),
        JSONText("smallest whole number", "-9223372036854775808", .integer(.min)),
        JSONText("whole number beyond 64 bits becomes a fraction", "9223372036854775808", 9_223_372_036_854_775_808.0),
        JSONText("fraction", "-0.5", -0.5),
        JSONText("exponent", "1e3", 1000.0),
        JSONText("simple escapes", #""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        JSONText("surrogate pair", #""\ud83d\ude00""#, "😀"),
        JSONText("lone high surrogate", #""\ud83dx""#, "\u{FFFD}x"),
        JSONText("two high surrogates", #""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        JSONText("text before an escape is kept", #""abc\n""#, "abc\n"),
        JSONText("empty array and object", #"[[],{}]"#, [[], [:]]),
        JSONText("the last of equal names counts", #"{"a":1,"b":2,"a":3}"#, ["a": 3, "b": 2]),
    ])
    func parses(_ example: JSONText) throws {
        #expect(try JSONValue(parsing: example.text) == example.value)
    }

    @Test(arguments: [
        JSONFault("empty text", "", 1, 1),
        JSONFault("trailing garbage", "{} x", 1, 4),
        JSONFault("missing colon on the third line", "{\n\"a\": 1,\n\"b\" 2}", 3, 5),
        JSONFault("trailing comma", "[1,]", 1, 4),
        JSONFault("leading zero", "[01]", 1, 2),
        JSONFault("misspelt word", "[trye]", 1, 2),
        JSONFault("line break in a string", "\"a\nb\"", 1, 3),
        JSONFault("string without an end", "\"abc", 1, 5),
        JSONFault("unknown escape", #""\x""#, 1, 3),
        JSONFault("number out of range", "1e999", 1, 1),
        JSONFault("number without digits", "-", 1, 2),
    ])
    func tellsWhereTheTextIsWrong(_ fault: JSONFault) {
        let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: fault.text) }
        #expect(error?.line == fault.line)
        #expect(error?.column == fault.column)
    }

    @Test func refusesBottomlessNesting() {
        let error = #expect(throws: JSONParseError.self) {
            try JSONValue(parsing: String(repeating: "[", count: 100_000))
        }
        #expect(error?.message == "nested deeper than 256 levels")
    }

    @Test func parsesCollectionsThatAreNotContiguous() throws {
        #expect(try JSONValue(parsing: Array(#"{"a":[1]}"#.utf8).reversed().reversed()) == ["a": [1]])
    }

    @Test func writesWhatItRead() throws {
        let text = #"{"z":[1,-2.5,true,null,"a\"\\\n\u0001é"],"a":{}}"#
        #expect(try JSONValue(parsing: text).serializedString == text)
    }

    @Test func canonicalBytesDoNotDependOnOrder() {
        let left: JSONValue = ["b": 1, "a": ["y": 1, "x": 2]]
        let right: JSONValue = ["a": ["x": 2, "y": 1], "b": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonicalBytes == right.canonicalBytes)
        #expect(left.serializedString != right.serializedString)
    }

    @Test func prettyPrintsLikeKubectl() {
        let value: JSONValue = ["a": [1, 2], "b": [:], "c": []]
        #expect(
            value.prettyPrinted() == """
                {
                    "a": [
                        1,
                        2
                    ],
                    "b": {},
                    "c": []
                }
                """)
    }

    @Test func membersAreSetReplacedAndRemovedByName() {
        var value: JSONValue = .null
        value["kind"] = "Pod"
        value.set("web", at: "metadata", "name")
        #expect(value == ["kind": "Pod", "metadata": ["name": "web"]])
        #expect(value.value(at: "metadata", "name")?.stringValue == "web")
        value.set(nil, at: "metadata", "name")
        value.set(nil, at: "spec", "nodeName")
        value["kind"] = nil
        #expect(value == ["metadata": [:]])
    }
}
