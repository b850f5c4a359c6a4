/// The candidate that a mistyped word most likely stands for; nil when none is near.
package func nearestWord(to word: String, among candidates: some Sequence<String>) -> String? {
    let lowered = word.lowercased()
    let tolerated = lowered.count <= 3 ? 1 : 2
    var nearest: (distance: Int, candidate: String)?
    for candidate in candidates where candidate != word {
        let distance = editDistance(Array(lowered.utf8), Array(candidate.lowercased().utf8))
        if distance <= tolerated, distance < candidate.utf8.count, distance < nearest?.distance ?? .max {
            nearest = (distance, candidate)
        }
    }
    return nearest?.candidate
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard !left.isEmpty, !right.isEmpty, abs(left.count - right.count) <= 2 else {
        return max(left.count, right.count)
    }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for row in 1...left.count {
        var current = [row]
        for column in 1...right.count {
            let substitution = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
            var best = min(substitution, last[column] + 1, current[column - 1] + 1)
            let isSwap =
                row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1]
            if isSwap { best = min(best, beforeLast[column - 2] + 1) }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
