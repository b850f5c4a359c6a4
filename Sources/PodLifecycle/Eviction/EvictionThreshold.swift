package import KubernetesAPI

/// Where a shortage begins.
package struct EvictionThreshold: Sendable, Hashable {
    /// An amount, or a part of what there could be.
    package enum Amount: Sendable, Hashable {
        case quantity(Quantity)
        case fraction(Double)

        /// Reads `100Mi` or `10%`; `nil` for what is neither, or is negative.
        package init?(parsing text: String) {
            if text.hasSuffix("%") {
                guard let percent = Double(text.dropLast()), percent >= 0, percent <= 100 else { return nil }
                self = .fraction(percent / 100)
            } else {
                guard let quantity = Quantity(text), quantity.value >= 0 else { return nil }
                self = .quantity(quantity)
            }
        }

        func value(of capacity: Int64) -> Int64 {
            switch self {
            case .quantity(let quantity): quantity.value
            case .fraction(let fraction): Int64(Double(capacity) * fraction)
            }
        }

        /// Whether it asks for nothing: upstream turns a threshold off by 0% and by 100%.
        var isOff: Bool { self == .fraction(0) || self == .fraction(1) }
    }

    package var signal: EvictionSignal
    package var amount: Amount
    /// How long a shortage must last before pods are evicted; `nil` for one that evicts at once.
    package var gracePeriod: Duration?
    /// How much more than the threshold is to be there before a shortage counts as over.
    package var minimumReclaim: Amount?

    package init(
        signal: EvictionSignal, amount: Amount, gracePeriod: Duration? = nil, minimumReclaim: Amount? = nil
    ) {
        self.signal = signal
        self.amount = amount
        self.gracePeriod = gracePeriod
        self.minimumReclaim = minimumReclaim
    }

    /// The amount as it is shown.
    func quantity(of observation: SignalObservation) -> Quantity {
        switch amount {
        case .quantity(let quantity): quantity
        case .fraction: Quantity(value(of: observation), format: .binarySI)
        }
    }

    package func value(of observation: SignalObservation) -> Int64 { amount.value(of: observation.capacity) }

    /// Whether there is a shortage.
    /// - Parameter wasMet: there was one before, and it must have been relieved by as much as `minimumReclaim` says.
    func isMet(_ observation: SignalObservation, wasMet: Bool) -> Bool {
        let reclaim = wasMet ? minimumReclaim?.value(of: observation.capacity) ?? 0 : 0
        return observation.available < value(of: observation) + reclaim
    }
}
