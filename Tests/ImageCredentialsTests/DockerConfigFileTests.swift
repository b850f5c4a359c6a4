import ContainerRuntime
import HostSystem
import Testing

@testable import ImageCredentials

struct DockerConfigFileTests {
    private func file(
        _ text: String, _ format: DockerConfigFile.Format = .configJSON
    ) -> (users: [String], problems: [String])? {
        DockerConfigFile(Array(text.utf8), format).map { file in
            (file.entries.map { "\($0.registry) \($0.credentials.username):\($0.credentials.password)" }, file.problems)
        }
    }

    @Test(arguments: [
        #"{"auths": {"r": {"auth": "dTpwOnE="}}}"#, #"{"auths": {"r": {"auth": "dTpwOnE"}}}"#,
        #"{"auths": {"r": {"auth": "dTpwOnE=\n"}}}"#, #"{"auths": {"r": {"username": "u", "password": "p:q"}}}"#,
        #"{"auths": {"r": {"username": "x", "password": "y", "auth": "dTpwOnE=", "email": "e"}}, "HttpHeaders": {}}"#,
    ])
    func anEntryIsReadInEitherNotation(_ text: String) {
        #expect(file(text)?.users == ["r u:p:q"])
        #expect(file(text)?.problems == [])
    }

    @Test func theOldFileHasNothingAroundTheRegistries() {
        #expect(file(#"{"https://r/v1/": {"auth": "dTpwOnE="}}"#, .dockercfg)?.users == ["https://r/v1/ u:p:q"])
    }

    @Test(arguments: [#"{"auths": {}}"#, "{}", #"{"auths": null}"#, #"{"auths": {"r": {}}, "credsStore": "pass"}"#])
    func aFileWithoutSecretsIsAFile(_ text: String) {
        #expect(file(text)?.users == [])
        #expect(file(text)?.problems == [])
    }

    @Test(arguments: ["", "auths", "[]", #"{"auths": []}"#, #"{"auths": {"r": {"auth": "dTpwOnE="}"#])
    func whatIsNoConfigurationIsNone(_ text: String) { #expect(file(text) == nil) }

    @Test func aBadEntryIsToldWithoutItsSecretAndCostsNoOther() {
        let found = file(
            #"{"auths": {"a": {"auth": "s3cret!"}, "b": {"auth": "c2VjcmV0"}, "c": 1, "d": {"username": "u"}}}"#)
        #expect(found?.users == ["d u:"])
        #expect(
            found?.problems == [
                "auth of a is not user:password in base64", "auth of b is not user:password in base64",
                "the entry of c is no object",
            ])
    }
}

/// Where docker's configuration is looked for.
struct CredentialFilesTests {
    private let directory: TemporaryDirectory
    private let files: CredentialFiles

    init() throws {
        directory = try TemporaryDirectory()
        for place in ["root", "work", "home/.docker"] {
            try HostFiles.createDirectory("\(directory.path)/\(place)")
        }
        files = CredentialFiles(
            root: "\(directory.path)/root", workingDirectory: "\(directory.path)/work", home: "\(directory.path)/home")
    }

    private func write(_ place: String, user: String) throws {
        let entry = "{\"r\": {\"username\": \"\(user)\", \"password\": \"p\"}}"
        let text = place.hasSuffix(".json") ? "{\"auths\": \(entry)}" : entry
        try HostFiles.writeAtomically(text, to: "\(directory.path)/\(place)")
    }

    private var user: String? { files.read().entries.first?.credentials.username }

    @Test func theFirstFileInUpstreamsOrderCounts() throws {
        let order = [
            "root/config.json", "work/config.json", "home/.docker/config.json", "root/.dockercfg", "work/.dockercfg",
            "home/.dockercfg",
        ]
        for (index, place) in order.enumerated().reversed() {
            try write(place, user: "user\(index)")
            #expect(user == "user\(index)", "\(place)")
        }
        #expect(files.read().entries.count == 1)
    }

    @Test func aChangedFileIsReadAnewAndOneThatIsGoneIsForgotten() throws {
        try write("work/config.json", user: "old")
        #expect(user == "old")
        try write("work/config.json", user: "new")
        #expect(user == "new")
        try HostFiles.remove("\(directory.path)/work/config.json")
        #expect(user == nil)
        #expect(files.read().problems == [])
    }

    @Test func aBrokenFileIsToldAndTheNextOneTaken() throws {
        try HostFiles.writeAtomically(
            #"{"auths": {"r": {"password": "s3cret""#, to: "\(directory.path)/root/config.json")
        try write("home/.dockercfg", user: "u")
        #expect(user == "u")
        #expect(files.read().problems == ["\(directory.path)/root/config.json is not a docker configuration in JSON"])
    }
}
