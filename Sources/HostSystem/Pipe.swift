import CLinux
import Glibc

package enum Pipe {
    /// A new pipe, which no child inherits unless it is given to it. Both ends are the caller's to close.
    /// - Throws: `HostSystemError`.
    package static func open() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, Int32(O_CLOEXEC)) == 0 else { throw HostSystemError.system("open", "a pipe") }
        return (ends[0], ends[1])
    }
}
