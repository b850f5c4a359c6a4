import StructuredData

extension TableSchema {
    static let namespaces = single(TableColumn("Status", "The status of the namespace")) { namespace in
        namespace.value(at: "status", "phase") ?? ""
    }

    static let leases = single(TableColumn("Holder", "Who holds the lease.")) { lease in
        lease.value(at: "spec", "holderIdentity") ?? ""
    }

    static let runtimeClasses = single(TableColumn("Handler", "The runtime's handler of the class.")) { runtimeClass in
        runtimeClass["handler"] ?? ""
    }

    static let configMaps = single(TableColumn("Data", "How many entries there are.")) { map in
        let count = (map["data"]?.objectValue?.count ?? 0) + (map["binaryData"]?.objectValue?.count ?? 0)
        return .string(String(count))
    }

    static let secrets = TableSchema(
        columns: [
            .name, TableColumn("Type", "What the entries are for."), TableColumn("Data", "How many entries there are."),
            .age,
        ]
    ) { secret, now in
        let count = secret["data"]?.objectValue?.count ?? 0
        return [.string(secret.name), secret["type"] ?? "Opaque", .string(String(count)), secret.age(now)]
    }
}
