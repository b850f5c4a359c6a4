import HostSystem
import Kubelet
import Testing

@Suite struct MountTableTests {
    /// The kernel knows mounts by other paths than a kubelet whose root directory is a link.
    @Test func mountsAreFoundByPathsWithLinks() throws {
        let directory = try TemporaryDirectory()
        let link = directory.path + "/link"
        try HostFiles.symbolicLink(link, to: "/proc")
        let found = try KernelMountTable().mountPoints(below: link)
        #expect(found.first == link)
        #expect(found.allSatisfy { $0.hasPrefix(link) })
        #expect(try KernelMountTable().mountPoints(below: directory.path) == [])
    }
}
