extension FieldTableCodable {
    /// Makes a value and sets its fields: `Container { $0.name = "web" }`.
    package init(_ configure: (inout Self) -> Void) {
        self.init()
        configure(&self)
    }
}
