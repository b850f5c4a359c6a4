import ContainerLogs
import HTTPServing
import HostSystem
import NIOHTTP1
import NIOPosix

/// `/logs/`: the files under one directory of the host, to read.
struct SystemLogEndpoint: Sendable {
    let root: String
    let threads: NIOThreadPool

    private enum Found: Sendable {
        case file(LogFile, size: Int64)
        case directory(names: [String])
        case nothing
    }

    /// - Parameters:
    ///   - path: decoded parts of the path below the root.
    ///   - rawPath: the request's path as the client wrote it, for a redirection.
    func response(path: [String], rawPath: String) async throws -> HTTPServerResponse {
        let found: Found
        do {
            found = try await threads.runIfActive { try find(path) }
        } catch let error as HostSystemError {
            throw KubeletServerError(.failed, error.message, cause: error)
        }
        switch found {
        case .nothing:
            throw KubeletServerError(.notFound, "404 page not found\n")
        case .directory(let names):
            // Links in the listing are relative to the directory.
            guard rawPath.hasSuffix("/") else {
                return .full(status: .movedPermanently, headers: ["location": "\(rawPath)/"], body: [])
            }
            return .full(
                status: .ok, headers: ["content-type": "text/html; charset=utf-8"], body: Array(listing(names).utf8))
        case .file(let file, let size):
            return .streaming(
                status: .ok,
                headers: ["content-type": "text/plain; charset=utf-8", "content-length": String(size)]
            ) { writer in try await copy(file, size: size, to: writer) }
        }
    }

    /// Looks a path up without ever leaving the root, through `..` or through links.
    private func find(_ path: [String]) throws -> Found {
        guard !path.contains(where: { $0 == ".." || $0.contains("/") || $0.contains("\0") }),
            let realRoot = HostFiles.resolved(root),
            let real = HostFiles.resolved(([realRoot] + path).joined(separator: "/")),
            real == realRoot || real.hasPrefix(realRoot == "/" ? "/" : realRoot + "/"),
            let attributes = try HostFiles.attributes(real, followingLinks: false)
        else { return .nothing }
        switch attributes.kind {
        case .directory:
            return .directory(
                names: try HostFiles.list(real).map { name in
                    let kind = try? HostFiles.attributes("\(real)/\(name)")?.kind
                    return kind == .directory ? name + "/" : name
                })
        case .file:
            let file = try LogFile(path: real)
            return .file(file, size: try file.size())
        default:
            return .nothing
        }
    }

    private func copy(_ file: LogFile, size: Int64, to writer: BodyWriter) async throws {
        var offset: Int64 = 0
        while offset < size {
            let bytes = try await threads.runIfActive { [offset] in
                try file.read(at: offset, count: Int(min(Int64(LogFile.blockSize), size - offset)))
            }
            guard !bytes.isEmpty else {
                throw KubeletServerError(.failed, "cannot read \(file.path): it became shorter meanwhile")
            }
            offset += Int64(bytes.count)
            try await writer.write(bytes)
        }
    }

    private func listing(_ names: [String]) -> String {
        let links = names.map { name in
            let target = name.split(separator: "/").map { PercentEncoding.encode($0) }.joined(separator: "/")
            return "<a href=\"./\(target)\(name.hasSuffix("/") ? "/" : "")\">\(escaped(name))</a>\n"
        }
        return "<!doctype html>\n<pre>\n\(links.joined())</pre>\n"
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&#34;"
            default: result.append(character)
            }
        }
        return result
    }
}
