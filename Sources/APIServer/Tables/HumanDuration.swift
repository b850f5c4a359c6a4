import KubernetesAPI

/// A duration as kubectl prints ages (apimachinery/pkg/util/duration/duration.go).
enum HumanDuration {
    static func text(seconds total: Int64) -> String {
        if total < -1 { return "<invalid>" }
        if total < 0 { return "0s" }
        if total < 120 { return "\(total)s" }
        let minutes = total / 60
        if minutes < 10 { return pair(minutes, "m", total % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if hours < 192 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        if days < 2920 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    /// The time since a moment that an object states; `<unknown>` when it states none.
    static func since(_ text: String?, now: Timestamp) -> String {
        guard let text, let moment = Timestamp(rfc3339: text) else { return "<unknown>" }
        let elapsed = now.since(moment)
        // Whole seconds, rounded towards zero as Go does.
        return self.text(seconds: elapsed.components.seconds)
    }

    private static func pair(_ first: Int64, _ firstUnit: String, _ second: Int64, _ secondUnit: String) -> String {
        second == 0 ? "\(first)\(firstUnit)" : "\(first)\(firstUnit)\(second)\(secondUnit)"
    }
}
