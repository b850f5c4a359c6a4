import HostSystem

/// A file system that is as full as the test says.
final class FakeDisk: Sendable {
    private struct State {
        var space = DiskSpace(capacity: 1000, available: 900)
        var looks: [String] = []
    }

    private let state = Watched(State())

    /// Where it was looked, in order.
    var looks: [String] { state.value.looks }

    func fill(to used: UInt64, of capacity: UInt64 = 1000) {
        state.update { $0.space = DiskSpace(capacity: capacity, available: capacity - used) }
    }

    func space(of path: String) throws -> DiskSpace {
        state.update { state in
            state.looks.append(path)
            return state.space
        }
    }

    func waitForLook(_ count: Int) async throws { try await state.wait { $0.looks.count >= count } }
}
