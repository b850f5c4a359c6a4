/// Manifests of the tests' pods.
enum Manifest {
    /// A pod of one container that runs a line of the shell.
    /// - Parameter more: further lines of the pod's `spec`.
    static func shell(_ name: String, _ line: String, more: String = "", mounts: String = "[]") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          labels:
            test: \(name)
        spec:
          terminationGracePeriodSeconds: 1
        \(more)
          containers:
          - name: main
            image: busybox
            imagePullPolicy: IfNotPresent
            command: ["sh", "-c"]
            args:
            - |
              \(line)
            volumeMounts: \(mounts)

        """
    }

    /// A pod that only waits, and ends at once when asked to.
    static func sleeper(_ name: String) -> String { shell(name, "trap 'exit 0' TERM; sleep 100000 & wait") }
}
