extension ScalabilityFit {
    /// Fewer steps than this have no fit: the law has three parameters.
    package static let fewestSteps = 4
    /// So many steps make a fit worth believing.
    package static let enoughSteps = 6

    /// Fits the law to throughputs at numbers of users by non-linear least squares, with 0 ≤ σ ≤ 1 and κ ≥ 0; nil with fewer than
    /// `fewestSteps` different numbers of users.
    ///
    /// With D(N) = N ÷ X(N), the law is D = a + b(N − 1) + cN(N − 1) where a = 1/λ, b = σ/λ, c = κ/λ. Each way in which the
    /// bounds can hold (b = 0, b = a, c = 0) is a smaller set of functions that D is made of; the best of those sums that keeps to the
    /// bounds is the answer.
    package init?(users: [Double], throughput: [Double]) {
        let points = zip(users, throughput).filter { $0 > 0 && $1 > 0 && $0.isFinite && $1.isFinite }
        guard Set(points.map(\.0)).count >= Self.fewestSteps else { return nil }
        let laws = Shape.allCases.compactMap { $0.fit(points) }
        guard let law = laws.min(by: { Self.error(of: $0, points) < Self.error(of: $1, points) }) else { return nil }
        self.init(law: law, points: points)
    }

    private init(law: ScalabilityLaw, points: [(users: Double, throughput: Double)]) {
        let mean = points.reduce(0) { $0 + $1.throughput } / Double(points.count)
        let variance = points.reduce(0) { $0 + ($1.throughput - mean) * ($1.throughput - mean) }
        let rSquared = variance > 0 ? 1 - Self.error(of: law, points) / variance : 0
        self.init(
            law: law, rSquared: rSquared, residuals: points.map { $0.throughput - law.throughput(users: $0.users) },
            users: points.map(\.users), peakUsers: law.peakUsers, peakThroughput: law.highestThroughput,
            isTrustworthy: rSquared >= 0.95 && Set(points.map(\.users)).count >= Self.enoughSteps)
    }

    private static func error(of law: ScalabilityLaw, _ points: [(users: Double, throughput: Double)]) -> Double {
        points.reduce(0) { sum, point in
            let difference = point.throughput - law.throughput(users: point.users)
            return sum + difference * difference
        }
    }
}

extension ScalabilityLaw {
    /// Users at which throughput is highest; nil if it never falls.
    package var peakUsers: Double? {
        kappa > 0 ? max(1, ((1 - min(1, sigma)) / kappa).squareRoot()) : nil
    }

    /// Throughput at `peakUsers`, or the ceiling that it comes near; nil if it grows for ever.
    package var highestThroughput: Double? {
        if let peakUsers { return throughput(users: peakUsers) }
        return sigma > 0 ? lambda / sigma : nil
    }

    /// The fewest users that reach so large a part of the highest throughput; nil if there is no highest.
    package func users(reaching part: Double) -> Double? {
        guard let highest = highestThroughput else { return nil }
        var low = 0.0, high = peakUsers ?? 1
        while throughput(users: high) < part * highest { high *= 2 }
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if throughput(users: middle) < part * highest { low = middle } else { high = middle }
        }
        return high
    }
}

/// Which functions D(N) is made of.
private enum Shape: CaseIterable {
    case full, noContention, noCoherency, linear, serial, serialCoherent

    private var functions: [(Double) -> Double] {
        let one = { (_: Double) in 1.0 }, contention = { (n: Double) in n - 1 }
        let coherency = { (n: Double) in n * (n - 1) }, whole = { (n: Double) in n }
        return switch self {
        case .full: [one, contention, coherency]
        case .noContention: [one, coherency]
        case .noCoherency: [one, contention]
        case .linear: [one]
        case .serial: [whole]
        case .serialCoherent: [whole, coherency]
        }
    }

    private func law(_ weights: [Double]) -> ScalabilityLaw? {
        let (a, b, c): (Double, Double, Double) =
            switch self {
            case .full: (weights[0], weights[1], weights[2])
            case .noContention: (weights[0], 0, weights[1])
            case .noCoherency: (weights[0], weights[1], 0)
            case .linear: (weights[0], 0, 0)
            case .serial: (weights[0], weights[0], 0)
            case .serialCoherent: (weights[0], weights[0], weights[1])
            }
        guard a > 0, b >= 0, c >= 0, b <= a * (1 + 1e-12) else { return nil }
        return ScalabilityLaw(lambda: 1 / a, sigma: min(1, b / a), kappa: c / a)
    }

    /// The law of this shape with the least squares; nil if it lies outside the bounds.
    func fit(_ points: [(users: Double, throughput: Double)]) -> ScalabilityLaw? {
        // Each function is scaled to at most 1, lest N² drown the constant.
        let columns = functions.map { function in points.map { function($0.users) } }
        let scales = columns.map { column in max(1e-12, column.map(abs).max() ?? 1) }
        let matrix = zip(columns, scales).map { column, scale in column.map { $0 / scale } }
        let solver = RatioLeastSquares(columns: matrix, numerators: points.map(\.users), values: points.map(\.throughput))
        guard let weights = solver.solve() else { return nil }
        return law(zip(weights, scales).map { $0 / $1 })
    }
}
