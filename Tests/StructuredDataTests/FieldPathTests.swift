import StructuredData
import Testing

@Suite struct FieldPathTests {
    @Test(arguments: [
        "", "metadata", "spec.containers[0].image", "metadata.annotations[example.com/a.b]", "a[0][1].b", "a[x y].b",
    ])
    func isReadAsItIsWritten(text: String) {
        #expect(FieldPath(parsing: text).description == text)
    }

    @Test func isBuiltStepByStep() {
        let path = FieldPath("spec").child("containers").index(2).child("resources", "limits").key("cpu")
        #expect(path.description == "spec.containers[2].resources.limits[cpu]")
        #expect(FieldPath(parsing: path.description) == path)
    }

    @Test(arguments: ["[", "]", "a[", "a]b", "..", "a..b", "[]", "a[1"])
    func oddTextsAreSurvived(text: String) {
        _ = FieldPath(parsing: text)
    }
}
