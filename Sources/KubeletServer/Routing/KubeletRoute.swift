import HTTPServing

/// The endpoint that a request is for.
enum KubeletRoute: Sendable, Hashable {
    /// A container, or a sandbox when `container` is empty, as a path names it.
    struct Target: Sendable, Hashable {
        var namespace: String
        var pod: String
        /// Empty when the path has none.
        var uid = ""
        var container = ""
    }

    /// All checks, or the one of that name.
    case healthz(check: String?)
    case pods
    case runningPods
    case configz
    case metrics
    case statsSummary
    case containerLogs(Target)
    case exec(Target)
    case attach(Target)
    case portForward(Target)
    case run(Target)
    /// Files under `/var/log`, by the parts of their path.
    case systemLogs([String])
    case unknown

    init(_ segments: [String]) {
        let rest = Array(segments.dropFirst())
        switch segments.first {
        case "healthz" where rest.count <= 1: self = .healthz(check: rest.first)
        case "pods" where rest.isEmpty: self = .pods
        case "runningpods" where rest.isEmpty: self = .runningPods
        case "configz" where rest.isEmpty: self = .configz
        case "metrics" where rest.isEmpty: self = .metrics
        case "stats" where rest == ["summary"]: self = .statsSummary
        case "containerLogs" where rest.count == 3:
            self = .containerLogs(Target(namespace: rest[0], pod: rest[1], container: rest[2]))
        case "exec": self = Self.container(rest).map(Self.exec) ?? .unknown
        case "attach": self = Self.container(rest).map(Self.attach) ?? .unknown
        case "run": self = Self.container(rest).map(Self.run) ?? .unknown
        case "portForward" where rest.count == 2 || rest.count == 3:
            self = .portForward(Target(namespace: rest[0], pod: rest[1], uid: rest.count == 3 ? rest[2] : ""))
        case "logs": self = .systemLogs(rest)
        default: self = .unknown
        }
    }

    /// `NAMESPACE/POD/CONTAINER` or `NAMESPACE/POD/UID/CONTAINER`.
    private static func container(_ parts: [String]) -> Target? {
        switch parts.count {
        case 3: Target(namespace: parts[0], pod: parts[1], container: parts[2])
        case 4: Target(namespace: parts[0], pod: parts[1], uid: parts[2], container: parts[3])
        default: nil
        }
    }

    /// The methods that it answers to.
    var methods: [String] {
        switch self {
        case .healthz, .configz, .metrics, .systemLogs: ["GET", "HEAD"]
        case .pods, .runningPods, .statsSummary, .containerLogs: ["GET"]
        case .exec, .attach, .portForward: ["GET", "POST"]
        case .run: ["POST"]
        case .unknown: []
        }
    }

    /// Whether the read-only port has it too.
    var isReadOnly: Bool {
        switch self {
        case .healthz, .pods, .metrics, .statsSummary: true
        default: false
        }
    }

    /// Whether `enableDebuggingHandlers` turns it on and off.
    var isDebugging: Bool {
        switch self {
        case .run, .exec, .attach, .portForward, .containerLogs, .runningPods, .systemLogs: true
        default: false
        }
    }
}
