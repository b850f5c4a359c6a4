import HostSystem
package import KubernetesAPI

/// One of the files of a container's log, open to be read.
package enum LogPart: Sendable {
    case plain(LogFile)
    case compressed(GzipLogFile, RotatedLog)

    /// Opens a rotated file.
    private init(_ log: RotatedLog, in directory: String) throws {
        let path = "\(directory)/\(log.name)"
        self = log.isCompressed ? .compressed(try GzipLogFile(path: path), log) : .plain(try LogFile(path: path))
    }

    /// When it was written to last.
    package func modifiedAt() throws -> Timestamp {
        switch self {
        case .plain(let file): Timestamp(nanosecondsSince1970: try file.modifiedAt())
        case .compressed(let file, _): Timestamp(nanosecondsSince1970: file.modifiedAt)
        }
    }

    /// The plain file, which may be written to.
    package var plainFile: LogFile? { if case .plain(let file) = self { file } else { nil } }

    // MARK: Opening all

    /// Opens all files of a log, oldest first, as they are at one moment. Blocks.
    /// - Throws: `HostSystemError` when there is none.
    package static func all(of path: String) throws -> [LogPart] {
        // A rotation meanwhile shows in the names, and the next attempt finds them at rest.
        for _ in 0..<8 {
            let before = try ContainerLogFiles.list(path)
            guard let parts = try open(before, path) else { continue }
            let isSame = try parts.last?.plainFile?.identity == LogFile.identity(at: path)
            if try isSame && ContainerLogFiles.list(path).rotated == before.rotated { return parts }
        }
        // Between the two steps of a rotation there is no present file; what there is, is better than an error.
        let parts = try open(ContainerLogFiles.list(path), path) ?? []
        return parts.isEmpty ? [.plain(try LogFile(path: path))] : parts
    }

    /// - Returns: `nil` when a file is gone by now.
    private static func open(_ files: LogFiles, _ path: String) throws -> [LogPart]? {
        do {
            let directory = HostFiles.parent(of: path)
            var parts = try files.rotated.map { try LogPart($0, in: directory) }
            if HostFiles.exists(path) || parts.isEmpty { parts.append(.plain(try LogFile(path: path))) }
            return parts
        } catch let error as HostSystemError where error.code == .notFound && !files.rotated.isEmpty {
            return nil
        }
    }

    // MARK: Going on

    /// Opens the file that the log was written to after this one; `nil` while this is the present one, or there is no
    /// next. Blocks.
    package func successor(of path: String) throws -> LogPart? {
        for _ in 0..<8 {
            if let file = plainFile, try file.identity == LogFile.identity(at: path) { return nil }
            let files = try ContainerLogFiles.list(path)
            let next = rotationTime(files.name).map { files.rotated(after: $0) } ?? []
            do {
                if let first = next.first { return try LogPart(first, in: HostFiles.parent(of: path)) }
                return HostFiles.exists(path) ? .plain(try LogFile(path: path)) : nil
            } catch let error as HostSystemError where error.code == .notFound {
                // Rotated, compressed or removed since it was listed.
            }
        }
        return nil
    }

    /// When this file was rotated; `nil` if it was not, as when somebody removed it.
    private func rotationTime(_ name: String) -> Timestamp? {
        switch self {
        case .plain(let file): file.presentName().flatMap { RotatedLog(of: name, name: $0) }?.time
        case .compressed(_, let log): log.time
        }
    }
}
