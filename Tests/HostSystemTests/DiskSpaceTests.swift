import HostSystem
import Testing

@Suite struct DiskSpaceTests {
    @Test func aFileSystemHasRoomAndNoMoreThanItsSize() throws {
        let space = try DiskSpace.of("/tmp")
        #expect(space.capacity > 0)
        #expect(space.available <= space.capacity)
        #expect(space.freeInodes <= space.inodes)
    }

    @Test func nowhereIsAnErrorWithItsName() {
        let error = #expect(throws: HostSystemError.self) { try DiskSpace.of("/nowhere/at/all") }
        #expect(error?.message == "cannot measure the file system of /nowhere/at/all: no such file or directory")
    }
}
