/// Who may do what.
package enum KubeletAuthorizationMode: Sendable {
    /// Whoever is authenticated may do everything.
    case alwaysAllow
    /// The API server decides.
    case webhook(any SubjectAccessReviewer, allowedFor: Duration = .seconds(300), deniedFor: Duration = .seconds(30))
}
