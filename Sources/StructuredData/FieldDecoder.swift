/// Collects the issues of one decoding and knows the path it is at.
package struct FieldDecoder {
    package private(set) var issues: [DecodingIssue] = []
    private var path: FieldPath

    package init(path: FieldPath = FieldPath()) {
        self.path = path
    }

    /// Runs the body one step further down the path.
    package mutating func within<Result>(
        _ component: FieldPath.Component, _ body: (inout FieldDecoder) -> Result
    ) -> Result {
        path.append(component)
        defer { path.removeLast() }
        return body(&self)
    }

    /// Notes that something is wrong with the value at the present path.
    package mutating func report(_ kind: DecodingIssue.Kind, _ message: String, at mark: SourceMark?) {
        issues.append(DecodingIssue(path: path, message: message, mark: mark, kind: kind))
    }

    /// Notes that another type was expected, and returns nil for the caller to pass on.
    package mutating func wrongType<Value>(expected: String, _ input: FieldInput) -> Value? {
        report(.wrongType, "expected \(expected), found \(input.found)", at: input.mark)
        return nil
    }
}
