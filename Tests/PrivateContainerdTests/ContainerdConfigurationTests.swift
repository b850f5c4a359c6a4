import HostSystem
import Testing

@testable import PrivateContainerd

@Suite struct ContainerdConfigurationTests {
    private func configuration(_ directory: ContainerdDirectory) throws -> ContainerdConfiguration {
        ContainerdConfiguration(
            directory: directory.path, network: try PodNetwork.choose(forDirectory: directory.path, routes: []),
            networkPlugins: "/usr/lib/cni", restrictsOOMScore: true)
    }

    @Test func theTemplatesAreFilled() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = try configuration(directory)
            let text = configuration.text
            #expect(!text.contains("@") && !configuration.networkText.contains("@"))
            #expect(text.hasPrefix("version = 2\nroot = \"\(directory.path)/root\"\n"))
            #expect(text.contains("  address = \"\(directory.socket)\"\n"))
            #expect(text.contains("  restrict_oom_score_adj = true\n"))
            #expect(text.contains("    bin_dir = \"/usr/lib/cni\"\n"))
            #expect(text.contains("        Root = \"\(directory.path)/runc\"\n"))
            #expect(configuration.networkText.contains("\"bridge\": \"\(configuration.network.name)\""))
            #expect(configuration.networkText.contains("{\"subnet\": \"\(configuration.network.subnet)\"}"))
        }
    }

    @Test func unchangedFilesAreNotWrittenAgain() async throws {
        try await withTemporaryDirectory { directory in
            var configuration = try configuration(directory)
            try configuration.write(to: directory)
            let paths = [directory.configuration, directory.networkConfiguration]
            let before = try paths.map { try HostFiles.attributes($0) }
            try configuration.write(to: directory)
            #expect(try paths.map { try HostFiles.attributes($0) } == before)
            configuration.restrictsOOMScore = false
            try configuration.write(to: directory)
            #expect(try HostFiles.readText(paths[0]).contains("restrict_oom_score_adj = false"))
            #expect(try HostFiles.attributes(paths[1]) == before[1])
        }
    }

    @Test(arguments: [
        ("Name:\tx\nCapEff:\t000001ffffffffff\n", false), ("CapEff:\t000001fffeffffff\n", true),
        ("CapEff:\t0000000000000000\n", true), ("nothing of the kind", false),
    ])
    func theCapabilityIsReadFromTheStatus(text: String, lacks: Bool) {
        #expect(ContainerdConfiguration.lacksSystemResource(processStatus: text) == lacks)
    }

    @Test func allThatIsMissingIsNamedWithItsPackages() throws {
        let error = try #require(throws: PrivateContainerdError.self) {
            try InstalledPrograms.find(path: nil, pluginFolders: ["/nowhere"])
        }
        #expect(error.code == .notInstalled)
        #expect(error.message.contains("CNI plugins"))
        #expect(error.message.hasSuffix("containernetworking-plugins)"))
    }
}
