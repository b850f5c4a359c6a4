import HostSystem

/// A pod whose containers keep a diary of their beginnings and ends on the host, and notice when they have a twin.
///
/// Each container holds a lock on a file of the host for as long as one of its processes lives. Whoever begins while
/// another of the same pod and name still holds it, writes that down. Nothing that runs too shortly can be missed.
struct WitnessedPod: Sendable, Hashable {
    struct Container: Sendable, Hashable {
        var name: String
        /// The value of a variable: an edit of it is an edit of this container alone.
        var version = 1
        var image = "busybox"
        /// Further lines of the container.
        var more: [String] = []

        init(_ name: String, version: Int = 1) { (self.name, self.version) = (name, version) }
    }

    var name: String
    /// Counts the pods that have this name one after another.
    var life = 1
    /// The value of a label.
    var edition = 1
    var usesHostNetwork = false
    var gracePeriod = 2
    /// Seconds that a container takes for its end.
    var farewell = 0
    /// Further lines of the pod's `spec`.
    var more: [String] = []
    var containers = [Container("main"), Container("side")]

    init(_ name: String) { self.name = name }

    /// The container of that name, which must be there.
    subscript(container: String) -> Container {
        get { containers.first { $0.name == container } ?? Container(container) }
        set { containers = containers.map { $0.name == container ? newValue : $0 } }
    }

    var versions: [String: Int] { Dictionary(uniqueKeysWithValues: containers.map { ($0.name, $0.version) }) }

    /// The manifest, for a node whose diaries are in `folder`.
    func manifest(witness folder: String) -> String {
        let head = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
              labels: {edition: "\(edition)"}
            spec:
              hostNetwork: \(usesHostNetwork)
              terminationGracePeriodSeconds: \(gracePeriod)
              volumes:
              - {name: witness, hostPath: {path: \(folder)}}

            """
        // The machine's flock, which busybox lacks, and what it is linked with.
        let volumes = Self.hostFolders.map { "  - {name: \($0), hostPath: {path: /\($0)}}" }
        let body = volumes + more.map { "  \($0)" } + ["  containers:"] + containers.map(manifest)
        return head + body.joined(separator: "\n") + "\n"
    }

    private static let hostFolders = ["usr", "lib", "lib64"].filter { HostFiles.exists("/\($0)") }

    private func manifest(of container: Container) -> String {
        let mounts = Self.hostFolders.map { ", {name: \($0), mountPath: /\($0), readOnly: true}" }.joined()
        let text = """
              - name: \(container.name)
                image: \(container.image)
                imagePullPolicy: IfNotPresent
                env:
                - {name: VERSION, value: "\(container.version)"}
                - {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
                volumeMounts: [{name: witness, mountPath: /witness}\(mounts)]
                command: [sh, -c]
                args:
                - |
                  say() { echo "\(life) \(container.name) $1 $POD_UID $VERSION" >>/witness/\(name).diary; }
                  exec 9>>/witness/\(name).\(container.name).lock
                  /usr/bin/flock --nonblock 9 || say twin
                  say begin
                  trap '\(farewell > 0 ? "sleep \(farewell); " : "")say end; exit 0' TERM
                  sleep 100000 9>&- &
                  wait
            """
        return ([text] + container.more.map { "    \($0)" }).joined(separator: "\n")
    }
}

/// A line of a pod's diary.
struct DiaryEntry: Sendable, Hashable {
    enum Event: String, Sendable {
        case begin, end, twin
    }

    var life: Int
    var container: String
    var event: Event
    /// The pod's UID as the container knows it.
    var uid: String
    var version: Int

    init?(_ line: Substring) {
        let words = line.split(separator: " ")
        guard words.count == 5, let life = Int(words[0]), let event = Event(rawValue: String(words[2])),
            let version = Int(words[4])
        else { return nil }
        (self.life, container, self.event) = (life, String(words[1]), event)
        (uid, self.version) = (String(words[3]), version)
    }

    /// `main begin 2`
    var text: String { "\(container) \(event) \(version)" }
}

extension TestNode {
    /// Where diaries and locks are.
    var witness: String { "\(host)/witness" }

    /// Puts the pod's manifest in place at once.
    func write(_ pod: WitnessedPod, file: String? = nil) throws {
        try HostFiles.createDirectory(witness)
        try add(file ?? pod.name, pod.manifest(witness: witness))
    }

    /// What the pods of that name have written down.
    func diary(of pod: String) throws -> [DiaryEntry] {
        let path = "\(witness)/\(pod).diary"
        guard HostFiles.exists(path) else { return [] }
        return try HostFiles.readText(path).split(separator: "\n").compactMap(DiaryEntry.init)
    }

    /// Everything that ever ran twice at a time, in words.
    func twins() throws -> [String] {
        guard HostFiles.exists(witness) else { return [] }
        return try HostFiles.list(witness).filter { $0.hasSuffix(".diary") }.flatMap { file in
            let pod = String(file.dropLast(".diary".count))
            return try diary(of: pod).filter { $0.event == .twin }.map { "\(pod): \($0)" }
        }
    }
}
