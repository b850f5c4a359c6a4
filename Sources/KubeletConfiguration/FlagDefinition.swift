import KubernetesAPI

/// One flag of the kubelet: its name, its help and what it sets.
struct FlagDefinition: Sendable {
    /// The headings of the help, in its order.
    enum Group: String, Sendable, CaseIterable {
        case start = "Start"
        case staticPods = "Static pods"
        case server = "Server"
        case node = "Node and API server"
        case runtime = "Container runtime, images and logs"
        case pods = "Pods"
        case resources = "Resources of the node"
        case eviction = "Eviction"
        case logging = "Logging"
        case withoutEffect = "Accepted for upstream's sake"
    }

    /// What becomes of a flag that Swiftlet has no use for.
    enum Effect: Sendable, Hashable {
        /// It sets what it names.
        case takes
        /// It is read and left at that, with a warning that ends in these words.
        case ignored(String)
        /// The kubelet doesn't start, as leaving it out would do harm; the message ends in these words.
        case refused(String)
    }

    typealias Apply = @Sendable (String, inout KubeletSettings, Bool) throws(InvalidFlagValue) -> Void

    var name: String
    var shorthand: Character?
    /// Nil for a flag that needs no value.
    var placeholder: String?
    var help: String
    var effect = Effect.takes
    /// Reads a value into the settings; the last argument tells whether it is the flag's first.
    var apply: Apply
    /// The value without the flag, for the help.
    var standard: @Sendable (KubeletSettings) -> String?

    typealias Path<Value> = WritableKeyPath<KubeletSettings, Value> & Sendable

    /// A flag that sets one value.
    static func flag<Value: FlagValue>(
        _ name: String, _ path: any Path<Value>, _ help: String, placeholder: String? = Value.placeholder
    ) -> Self {
        Self(
            name: name, placeholder: placeholder, help: help,
            apply: { (text, settings, isFirst) throws(InvalidFlagValue) in
                try settings[keyPath: path].take(text, isFirst: isFirst)
            },
            standard: { $0[keyPath: path].flagText })
    }

    /// A flag with a notation of its own.
    static func flag(_ name: String, placeholder: String, _ help: String, apply: @escaping Apply) -> Self {
        Self(name: name, placeholder: placeholder, help: help, apply: apply, standard: { _ in nil })
    }

    /// A flag that sets an IP address.
    static func address(_ name: String, _ path: any Path<String>, _ help: String) -> Self {
        var definition = flag(name, path, help, placeholder: "ip")
        definition.apply = { (text, settings, _) throws(InvalidFlagValue) in
            guard NameRules.isIPAddress(text) else { throw InvalidFlagValue("not an IP address") }
            settings[keyPath: path] = text
        }
        return definition
    }

    /// A flag of upstream's that Swiftlet reads, but has no use for.
    static func ignored(_ name: String, _ placeholder: String? = "string", because reason: String) -> Self {
        Self(
            name: name, placeholder: placeholder, help: "No effect: \(reason).", effect: .ignored(reason),
            apply: { (_, _, _) throws(InvalidFlagValue) in }, standard: { _ in nil })
    }

    /// A flag of upstream's that must not be left out silently.
    static func refused(_ name: String, _ placeholder: String? = "string", because reason: String) -> Self {
        Self(
            name: name, placeholder: placeholder, help: "Not supported: \(reason).", effect: .refused(reason),
            apply: { (_, _, _) throws(InvalidFlagValue) in }, standard: { _ in nil })
    }
}
