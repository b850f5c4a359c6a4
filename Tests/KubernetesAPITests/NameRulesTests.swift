import KubernetesAPI
import Testing

@Suite struct NameRulesTests {
    @Test(arguments: [
        ("a", true), ("a-1", true), ("0", true), (String(repeating: "a", count: 63), true),
        ("", false), ("-a", false), ("a-", false), ("A", false), ("a.b", false), ("a_b", false), ("é", false),
        (String(repeating: "a", count: 64), false),
    ])
    func labels(text: String, isValid: Bool) {
        #expect((NameRules.dns1123Label(text) == nil) == isValid)
    }

    @Test(arguments: [
        ("a.b", true), ("a", true), ("a..b", false), (".a", false), ("a.", false), ("a.-b", false),
    ])
    func subdomains(text: String, isValid: Bool) {
        #expect((NameRules.dns1123Subdomain(text) == nil) == isValid)
    }

    @Test(arguments: [
        ("a", true), ("example.com/A_b.c", true), ("/a", false), ("a/", false), ("a/b/c", false), ("Ex.com/a", false),
        ("a b", false), ("-a", false),
    ])
    func qualifiedNames(text: String, isValid: Bool) {
        #expect((NameRules.qualifiedName(text) == nil) == isValid)
    }
}
