/// The pod that is measured.
enum Manifest {
    static let image = "docker.io/library/busybox:latest"

    /// A process that does nothing, and that its argument tells from those of other pods.
    static func command(pod: String) -> [String] { ["sleep", "100000.\(number(of: pod))"] }

    /// - Parameter onHostNetwork: a bridge has addresses for some 250 pods only.
    static func text(pod: String, onHostNetwork: Bool = false) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(pod)
        spec:
          terminationGracePeriodSeconds: 1
          hostNetwork: \(onHostNetwork)
          containers:
          - name: main
            image: \(image)
            imagePullPolicy: IfNotPresent
            command: ["\(command(pod: pod).joined(separator: "\", \""))"]

        """
    }

    /// A pod that serves, and is asked every ten seconds whether it is ready.
    static func probed(pod: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(pod)
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: \(image)
            imagePullPolicy: IfNotPresent
            command: [httpd, -f, -p, "80"]
            readinessProbe: {tcpSocket: {port: 80}}

        """
    }

    /// A process that ends as soon as it is asked to, unlike `sleep` as the first process of a container.
    static func obedientCommand(pod: String) -> [String] {
        ["sh", "-c", "trap 'exit 0' TERM; \(command(pod: pod).joined(separator: " ")) & wait"]
    }

    /// A pod whose container an edit of `edition` replaces.
    static func editable(pod: String, edition: Int) -> String {
        let command = obedientCommand(pod: pod).joined(separator: "\", \"")
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(pod)
            spec:
              containers:
              - name: main
                image: \(image)
                imagePullPolicy: IfNotPresent
                command: ["\(command)"]
                env: [{name: EDITION, value: "\(edition)"}]

            """
    }

    private static func number(of pod: String) -> Int {
        pod.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_000_007 }
    }
}
