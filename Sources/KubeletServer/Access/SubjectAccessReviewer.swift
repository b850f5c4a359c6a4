/// Asks the API server whether somebody may do something.
package protocol SubjectAccessReviewer: Sendable {
    /// - Throws: when no answer came; the request is then answered 500 and nothing is remembered.
    func isAllowed(_ access: NodeAccess) async throws -> Bool
}
