import ContainerRuntime
import Testing

@testable import ImageCredentials

/// Which credentials are for which image, as upstream's keyring has it.
struct DockerKeyringTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var registries: [String]
        var image: String
        /// The registries whose credentials are tried, in their order.
        var expected: [String]

        init(_ what: String, _ registries: [String], _ image: String, _ expected: [String]) {
            self.what = what
            self.registries = registries
            self.image = image
            self.expected = expected
        }

        var testDescription: String { what }
    }

    static let cases = [
        Case("a host", ["reg.test"], "reg.test/a/b", ["reg.test"]),
        Case("another host", ["reg.test"], "other.test/a", []),
        Case("a host with a port", ["reg.test:5000"], "reg.test:5000/a", ["reg.test:5000"]),
        Case("the port is missing", ["reg.test"], "reg.test:5000/a", []),
        Case("another port", ["reg.test:5001"], "reg.test:5000/a", []),
        Case("https", ["https://reg.test"], "reg.test/a", ["https://reg.test"]),
        Case("http", ["http://reg.test"], "reg.test/a", ["http://reg.test"]),
        Case("https and v1", ["https://reg.test/v1/"], "reg.test/a", ["https://reg.test/v1/"]),
        Case("v2 and a path", ["reg.test/v2/team"], "reg.test/team/a", ["reg.test/v2/team"]),
        Case("v1 without a slash is a path", ["reg.test/v1"], "reg.test/a", []),
        Case("a path", ["reg.test/team"], "reg.test/team/a", ["reg.test/team"]),
        Case("a path is a mere beginning", ["reg.test/te"], "reg.test/team/a", ["reg.test/te"]),
        Case("another path", ["reg.test/team"], "reg.test/crew/a", []),
        Case(
            "the longer path comes first", ["reg.test", "reg.test/team/sub", "reg.test/team"], "reg.test/team/sub/a",
            ["reg.test/team/sub", "reg.test/team", "reg.test"]),
        Case("a wildcard for a part", ["*.test"], "reg.test/a", ["*.test"]),
        Case("a wildcard is for one part only", ["*.test"], "a.reg.test/a", []),
        Case("two wildcards", ["*.*.test"], "a.reg.test/a", ["*.*.test"]),
        Case("a wildcard within a part", ["r*g.test"], "reg.test/a", ["r*g.test"]),
        Case("a wildcard for nothing", ["reg*.test"], "reg.test/a", ["reg*.test"]),
        Case("a wildcard in a port is none", ["reg.test:*"], "reg.test:5000/a", []),
        Case("a wildcard in a path is none", ["reg.test/*"], "reg.test/team/a", []),
        Case("a wildcard with a port and a path", ["*.test:5000/t"], "reg.test:5000/team", ["*.test:5000/t"]),
        Case("what is exact comes before a wildcard", ["*.test", "reg.test"], "reg.test/a", ["reg.test", "*.test"]),
        Case("an address in brackets", ["[::1]:5000"], "[::1]:5000/a", ["[::1]:5000"]),
        Case(
            "Docker Hub by its login", ["https://index.docker.io/v1/"], "docker.io/library/nginx",
            ["https://index.docker.io/v1/"]),
        Case("Docker Hub by its name", ["docker.io"], "docker.io/library/nginx", ["docker.io"]),
        Case(
            "Docker Hub's own name wins", ["index.docker.io", "docker.io/team"], "docker.io/team/a", ["docker.io/team"]),
        Case("a name like Docker Hub's", ["index.docker.io"], "mydocker.io/a", []),
        Case("Docker Hub's login is for nobody else", ["index.docker.io"], "reg.test/a", []),
    ]

    @Test(arguments: cases) func theCredentialsForAnImage(_ example: Case) {
        var keyring = DockerKeyring()
        for registry in example.registries {
            let isAdded = keyring.add(RegistryCredentials(username: registry, password: "p"), for: registry)
            #expect(isAdded || registry == "reg.test:*")
        }
        #expect(keyring.credentials(for: example.image).map(\.username) == example.expected)
    }

    @Test func severalOfOneRegistryAreKeptInTheirOrderAndNoneTwice() {
        var keyring = DockerKeyring()
        for (user, registry) in [("b", "reg.test"), ("a", "https://reg.test"), ("b", "http://reg.test/v1/")] {
            let isAdded = keyring.add(RegistryCredentials(username: user, password: "p"), for: registry)
            #expect(isAdded)
        }
        #expect(keyring.credentials(for: "reg.test/x").map(\.username) == ["b", "a"])
    }

    @Test(arguments: ["reg test", "reg.test:port", "reg.test/a?b", "user@reg.test"])
    func whatIsNoRegistryIsTold(_ name: String) {
        var keyring = DockerKeyring()
        let isAdded = keyring.add(RegistryCredentials(username: "u"), for: name)
        #expect(!isAdded)
    }
}
