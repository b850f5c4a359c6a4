import Logging
import ServiceLifecycle
import UnixSignals

/// Where the log goes: standard error, one line a message, as journald and `docker logs` expect it.
enum LogSetup {
    /// - Parameter verbosity: as `-v` of Kubernetes programs; from 4 on, debug messages show.
    static func bootstrap(label: String, verbosity: Int32 = 0) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: label)
        logger.logLevel = verbosity >= 4 ? .debug : .info
        return logger
    }
}

extension ServiceGroup {
    /// Runs services until SIGTERM or SIGINT; the first one that fails ends all, and its error is thrown.
    static func untilTerminated(_ services: [any Service], logger: Logger) async throws {
        var quiet = logger
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }
}
