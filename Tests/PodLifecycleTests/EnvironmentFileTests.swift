import PodLifecycle
import Testing

struct EnvironmentFileTests {
    /// A file, and what is found in it for the variable `KEY`.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        /// The value, or what is wrong.
        let expected: String?

        init(_ description: String, _ text: String, _ expected: String?) {
            testDescription = description
            self.text = text
            self.expected = expected
        }

        func check() {
            do {
                #expect(try EnvironmentFile(Array(text.utf8)).value(of: "KEY") == expected)
            } catch {
                #expect("\(error)" == expected)
            }
        }
    }

    @Test(arguments: [
        Case("a value", "KEY='value'\n", "value"),
        Case("without an end of line", "KEY='value'", "value"),
        Case("lines that end as on Windows", "OTHER='1'\r\nKEY='value'\r\n", "value"),
        Case("blanks before the name", " \t KEY='value'", "value"),
        Case("the first of two", "KEY='one'\nKEY='two'", "one"),
        Case("a name that begins like it", "KEY2='no'\nKEY='yes'", "yes"),
        Case("comments and empty lines", "# KEY='no'\n\n  \t\n  # more\nKEY='yes'", "yes"),
        Case("a comment behind the value", "KEY='value' # comment", "value"),
        Case("what looks like a comment in the value", "KEY='a # b'", "a # b"),
        Case("nothing is expanded", "KEY='$HOME \\n \"x\"'", "$HOME \\n \"x\""),
        Case("an equals sign in the value", "KEY='a=b=c'", "a=b=c"),
        Case("several lines", "KEY='one\n  two\r\n# three\n'\nOTHER='x'", "one\n  two\n# three\n"),
        Case("behind a value of several lines", "OTHER='one\nKEY=two'\nKEY='yes'", "yes"),
        Case("a quote with an accent", "KEY='value'\u{301}", malformed(1, "unexpected content after closing quote")),
        Case("an empty value", "KEY=''", ""),
        Case("a blank before the quote, as in the shell", "KEY= 'value'", ""),
        Case("a variable that isn't there", "OTHER='x'\n", nil),
        Case("an empty file", "", nil),
        Case("what comes behind isn't looked at", "KEY='value'\nnonsense", "value"),
    ])
    func values(_ example: Case) { example.check() }

    private static func malformed(_ line: Int, _ problem: String) -> String {
        "invalid environment variable format at line \(line): \(problem)"
    }

    @Test(arguments: [
        Case("no equals sign", "OTHER='x'\nnonsense\nKEY='value'", malformed(2, "missing '='")),
        Case("no name", "='value'", malformed(1, "empty variable name")),
        Case("a blank behind the name", "KEY ='value'", malformed(1, "whitespace before '=' is not allowed")),
        Case("no quotes", "OTHER=value", malformed(1, "value must be enclosed in single quotes")),
        Case("no value", "OTHER=\nKEY='value'", malformed(1, "value must be enclosed in single quotes")),
        Case("other quotes", "KEY=\"value\"", malformed(1, "value must be enclosed in single quotes")),
        Case("something behind the value", "KEY='one''two'", malformed(1, "unexpected content after closing quote")),
        Case(
            "something behind a value of several lines", "\nKEY='one\ntwo' x",
            malformed(3, "unexpected content after closing quote")),
        Case(
            "no closing quote", "\nKEY='one\ntwo\n",
            "invalid environment variable format starting at line 2: unclosed single quote"),
        Case(
            "a line that is too long", "KEY='\(String(repeating: "x", count: 65_530))'",
            malformed(1, "the line is longer than 65535 bytes")),
    ])
    func problems(_ example: Case) { example.check() }

    @Test func theLongestLineIsRead() throws {
        let value = String(repeating: "x", count: 65_529)
        #expect(try EnvironmentFile(Array("KEY='\(value)'".utf8)).value(of: "KEY") == value)
    }
}
