import Glibc

/// Paths as text, without looking at the file system; like Go's `filepath`.
enum FilePaths {
    /// The path without `.`, `..` and repeated slashes.
    static func cleaned(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/\(joined)" : joined.isEmpty ? "." : joined
    }

    /// The path as seen from a directory; an absolute one stays.
    static func join(_ directory: String, _ path: String) -> String {
        cleaned(path.hasPrefix("/") ? path : "\(directory)/\(path)")
    }

    /// The process's working directory.
    static var workingDirectory: String {
        guard let pointer = getcwd(nil, 0) else { return "/" }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
