package import StructuredData

extension KubeletConfiguration {
    /// What `GET /configz` answers: the whole configuration in force, as upstream prints it.
    ///
    /// Fields that are zero are left out as upstream leaves them out. Values of `staticPodURLHeader` may be secrets and
    /// are masked.
    package var configz: JSONValue {
        var shown = self
        shown.staticPodURLHeader = staticPodURLHeader.mapValues { _ in ["<masked>"] }
        shown.staticPodURL = StaticPodFlags.withoutPassword(staticPodURL)
        return ["kubeletconfig": shown.encoded()]
    }
}
