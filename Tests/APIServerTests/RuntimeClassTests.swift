import StructuredData
import Testing

@testable import APIServer

struct RuntimeClassTests {
    private static let path = "/apis/node.k8s.io/v1/runtimeclasses"

    private static func object(_ handler: String) -> JSONValue {
        ["metadata": ["name": "sandboxed"], "handler": .string(handler), "overhead": ["podFixed": ["memory": "64Mi"]]]
    }

    @Test func oneIsKeptAndShown() async throws {
        let api = try await TestAPI.start()
        let created = try await api.send("POST", Self.path, Self.object("kata"))
        #expect(created.status == 201)
        #expect(created.json["apiVersion"] == "node.k8s.io/v1" && created.json["kind"] == "RuntimeClass")
        let read = try await api.send("GET", Self.path + "/sandboxed").json
        #expect(read["handler"] == "kata")
        #expect(read.value(at: "overhead", "podFixed", "memory") == "64Mi")
    }

    @Test func fieldsThatItDoesNotHaveAreRefusedToWhoAsksForIt() async throws {
        let api = try await TestAPI.start()
        let strict = Self.path + "?fieldValidation=Strict"
        var object = Self.object("kata")
        object["handel"] = "kata"
        let refused = try await api.send("POST", strict, object)
        #expect(refused.status == 400 && refused.message.contains("unknown field \"handel\""))
        #expect(try await api.send("POST", strict, Self.object("kata")).status == 201)
    }

    @Test func theHandlerIsALabelAndStaysAsItIs() async throws {
        let api = try await TestAPI.start()
        let nameless = try await api.send("POST", Self.path, Self.object(""))
        #expect(nameless.status == 422 && nameless.message.contains("handler: Required value"))
        let wrong = try await api.send("POST", Self.path, Self.object("No Label"))
        #expect(wrong.status == 422 && wrong.message.contains("handler: Invalid value: \"No Label\""))
        var object = try await api.send("POST", Self.path, Self.object("kata")).json
        object["handler"] = "other"
        let changed = try await api.send("PUT", Self.path + "/sandboxed", object)
        #expect(changed.status == 422 && changed.message.contains("field is immutable"))
    }

    @Test(arguments: [("get", true), ("list", true), ("watch", true), ("create", false), ("delete", false)])
    func kubeletsMayOnlyRead(verb: String, isAllowed: Bool) {
        var access = AccessAttributes(user: User(name: "system:node:n", groups: ["system:nodes"]), verb: verb)
        access.group = "node.k8s.io"
        access.resource = "runtimeclasses"
        #expect((Authorizer().refusal(of: access) == nil) == isAllowed)
    }
}
