package import KubernetesAPI
package import StructuredData

/// How much is logged, and in which format.
package struct LoggingConfiguration: Sendable, Hashable {
    /// Options of one log format, which Swiftlet only carries along.
    package struct FormatOptions: Sendable, Hashable {
        package var splitStream = false
        /// Bytes.
        package var infoBufferSize = Quantity()

        package init() {}
    }

    package struct Options: Sendable, Hashable {
        package var text = FormatOptions()
        package var json = FormatOptions()

        package init() {}
    }

    /// A level for the files that a pattern matches.
    package struct ModuleVerbosity: Sendable, Hashable {
        package var filePattern = ""
        package var verbosity: Int32 = 0

        package init() {}
    }

    /// `text` or `json`.
    package var format = ""
    package var flushFrequency = FlushFrequency()
    /// 0 is the least; from 4 on it is for finding faults.
    package var verbosity: Int32 = 0
    package var vmodule: [ModuleVerbosity] = []
    package var options = Options()

    package init() {}
}

/// A duration that upstream reads both as text and as a number of nanoseconds.
package struct FlushFrequency: Sendable, Hashable, ScalarFieldValue {
    package var duration = GoDuration.zero

    package init() {}

    package init(scalar: JSONValue) throws(InvalidScalar) {
        if case .integer(let nanoseconds) = scalar {
            duration = GoDuration(nanoseconds: nanoseconds)
        } else {
            duration = try GoDuration(scalar: scalar)
        }
    }

    package var scalar: JSONValue { duration.scalar }
    package var isEmptyField: Bool { duration == .zero }
}

extension LoggingConfiguration: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.optional("format", \.format)
        table.always("flushFrequency", \.flushFrequency)
        table.always("verbosity", \.verbosity)
        table.optional("vmodule", \.vmodule)
        table.always("options", \.options)
    }
}

extension LoggingConfiguration.Options: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.always("text", \.text)
        table.always("json", \.json)
    }
}

extension LoggingConfiguration.FormatOptions: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.optional("splitStream", \.splitStream)
        table.always("infoBufferSize", \.infoBufferSize)
    }
}

extension LoggingConfiguration.ModuleVerbosity: FieldTableCodable {
    package static let fields = FieldTable<Self> { table in
        table.always("filePattern", \.filePattern)
        table.always("verbosity", \.verbosity)
    }
}

/// Where traces go; Swiftlet only carries this along.
package struct TracingConfiguration: Sendable, Hashable, FieldTableCodable {
    package var endpoint: String?
    package var samplingRatePerMillion: Int32?

    package init() {}

    package static let fields = FieldTable<Self> { table in
        table.optional("endpoint", \.endpoint)
        table.optional("samplingRatePerMillion", \.samplingRatePerMillion)
    }
}
