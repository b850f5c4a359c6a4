package import NIOHTTP1

extension HTTPResponseStatus {
    /// Whether the answer names another place to ask.
    package var isRedirect: Bool {
        switch self {
        case .movedPermanently, .found, .seeOther, .temporaryRedirect, .permanentRedirect: true
        default: false
        }
    }
}
