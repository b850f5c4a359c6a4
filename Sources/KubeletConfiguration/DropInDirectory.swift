import HostSystem

/// The files of `--config-dir`.
enum DropInDirectory {
    /// Paths of all `*.conf` files below a directory, in the order in which they change the configuration.
    ///
    /// As upstream walks it: the names of each directory in the order of their bytes, a subdirectory with all its
    /// files at the place of its name. Links to directories are not followed.
    static func files(in directory: String) throws(KubeletConfigurationError) -> [String] {
        do {
            guard let found = try HostFiles.attributes(directory) else {
                throw KubeletConfigurationError(.unreadableFile, "--config-dir \(directory): no such directory")
            }
            guard found.kind == .directory else {
                throw KubeletConfigurationError(.unreadableFile, "--config-dir \(directory): not a directory")
            }
            return try walk(directory)
        } catch let error as KubeletConfigurationError {
            throw error
        } catch {
            let reason = (error as? HostSystemError)?.message ?? "\(error)"
            throw KubeletConfigurationError(.unreadableFile, "--config-dir \(directory): \(reason)")
        }
    }

    private static func walk(_ directory: String) throws -> [String] {
        var files: [String] = []
        for name in try HostFiles.list(directory) {
            let path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
            if try HostFiles.attributes(path, followingLinks: false)?.kind == .directory {
                files += try walk(path)
            } else if name.hasSuffix(".conf") {
                files.append(path)
            }
        }
        return files
    }
}
