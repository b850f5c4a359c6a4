/// Why the kubelet can't start with the flags and files it was given.
package struct KubeletConfigurationError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A flag that doesn't exist, or an argument that isn't a flag.
        case unknownFlag
        /// A flag without its value or with one that can't be read.
        case invalidFlag
        /// A file or directory that can't be read.
        case unreadableFile
        /// A file that isn't YAML, isn't a KubeletConfiguration, or has unknown or mistyped fields.
        case invalidFile
        /// Flags and files can be read, but their values are wrong or don't go together.
        case invalidConfiguration
    }

    package let code: Code
    /// One clear line for each problem; never empty.
    package let messages: [String]

    package init(_ code: Code, _ messages: [String]) {
        self.code = code
        self.messages = messages
    }

    package init(_ code: Code, _ message: String) {
        self.init(code, [message])
    }

    package var message: String { messages.joined(separator: "\n") }
    package var description: String { message }
}
