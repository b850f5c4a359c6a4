internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore

extension CRIRuntimeService {
    package func execSync(
        _ id: ContainerID, command: [String], timeout seconds: Int64
    ) async throws -> ExecResult {
        var request = Runtime_V1_ExecSyncRequest()
        request.containerID = id.rawValue
        request.cmd = command
        request.timeout = max(0, seconds)
        // The runtime ends the command; the request's time on top leaves it room to say so. Without a limit the
        // command may run for ever, as upstream's.
        let timeout = request.timeout == 0 ? nil : connection.configuration.requestTimeout + .seconds(request.timeout)
        let response = try await connection.call("exec in container \(id)", timeout: timeout) {
            try await connection.runtime.execSync(request, options: $0)
        }
        return ExecResult(
            stdout: Array(response.stdout), stderr: Array(response.stderr), exitCode: response.exitCode)
    }

    package func exec(_ request: ExecRequest) async throws -> String {
        var message = Runtime_V1_ExecRequest()
        message.containerID = request.container.rawValue
        message.cmd = request.command
        message.tty = request.tty
        message.stdin = request.stdin
        message.stdout = request.stdout
        message.stderr = request.stderr
        return try await connection.call("prepare exec in container \(request.container)") {
            try await connection.runtime.exec(message, options: $0).url
        }
    }

    package func attach(_ request: AttachRequest) async throws -> String {
        var message = Runtime_V1_AttachRequest()
        message.containerID = request.container.rawValue
        message.tty = request.tty
        message.stdin = request.stdin
        message.stdout = request.stdout
        message.stderr = request.stderr
        return try await connection.call("prepare attaching to container \(request.container)") {
            try await connection.runtime.attach(message, options: $0).url
        }
    }

    package func portForward(_ sandbox: SandboxID, ports: [Int32]) async throws -> String {
        var message = Runtime_V1_PortForwardRequest()
        message.podSandboxID = sandbox.rawValue
        message.port = ports
        return try await connection.call("prepare port forwarding to sandbox \(sandbox)") {
            try await connection.runtime.portForward(message, options: $0).url
        }
    }
}
