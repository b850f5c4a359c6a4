import KubernetesAPI
import StructuredData

/// A column of the table that `kubectl get` prints.
struct TableColumn: Sendable {
    var name: String
    var type: String
    var format: String
    /// 0 is always shown, 1 only by `-o wide`.
    var priority: Int64
    var description: String

    init(_ name: String, type: String = "string", format: String = "", priority: Int64 = 0, _ description: String) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.description = description
    }

    static let name = TableColumn("Name", format: "name", "Name of the object, unique within its namespace.")
    static let age = TableColumn("Age", "Time since the object was created.")

    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": .integer(priority),
        ]
    }
}

/// How the objects of a resource become the rows of a table (pkg/printers/internalversion/printers.go).
struct TableSchema: Sendable {
    var columns: [TableColumn]
    /// One cell for each column.
    var cells: @Sendable (_ object: JSONValue, _ now: Timestamp) -> [JSONValue]
    /// What the row as a whole says, such as that a pod has ended.
    var conditions: @Sendable (_ object: JSONValue) -> [JSONValue] = { _ in [] }

    /// What a resource gets that has no table of its own.
    static let plain = TableSchema(columns: [
        .name, TableColumn("Created At", type: "date", TableColumn.age.description),
    ]
    ) { object, _ in
        [.string(object.name), .string(object.creationTimestamp ?? "")]
    }

    /// Name and age, and one column between them.
    static func single(
        _ column: TableColumn, _ cell: @escaping @Sendable (JSONValue) -> JSONValue
    ) -> TableSchema {
        TableSchema(columns: [.name, column, .age]) { object, now in
            [.string(object.name), cell(object), object.age(now)]
        }
    }

    func row(_ object: JSONValue, includes: ResponseShape.RowObject, version: String, now: Timestamp) -> JSONValue {
        var row: JSONValue = ["cells": .array(cells(object, now))]
        let conditions = conditions(object)
        if !conditions.isEmpty { row["conditions"] = .array(conditions) }
        switch includes {
        case .none: row["object"] = .null
        case .metadata: row["object"] = object.partialMetadata(version: version)
        case .object: row["object"] = object
        }
        return row
    }

    /// The head of a `Table` object, without its rows.
    func head(version: String, metadata: JSONValue, includesColumns: Bool = true) -> JSONValue {
        [
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": metadata,
            "columnDefinitions": includesColumns ? .array(columns.map(\.definition)) : .array([]),
        ]
    }
}

extension JSONValue {
    /// The object as `PartialObjectMetadata`.
    func partialMetadata(version: String) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
            "metadata": self["metadata"] ?? [:],
        ]
    }

    /// The cell of the age column.
    func age(_ now: Timestamp) -> JSONValue { .string(HumanDuration.since(creationTimestamp, now: now)) }
}
