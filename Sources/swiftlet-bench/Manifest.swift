/// The pod that is measured.
enum Manifest {
    static let image = "docker.io/library/busybox:latest"

    /// A process that does nothing, and that its argument tells from those of other pods.
    static func command(pod: String) -> [String] { ["sleep", "100000.\(number(of: pod))"] }

    static func text(pod: String) -> String {
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
            command: ["\(command(pod: pod).joined(separator: "\", \""))"]

        """
    }

    private static func number(of pod: String) -> Int {
        pod.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_000_007 }
    }
}
