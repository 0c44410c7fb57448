/// The Universal Scalability Law fitted to the steps: X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)).
package struct ScalabilityLaw: Codable, Sendable, Equatable {
    /// λ: throughput of one user.
    package var lambda: Double
    /// σ: the serial share (contention), 0…1.
    package var sigma: Double
    /// κ: the pairwise cost of coherency, at least 0.
    package var kappa: Double

    /// Makes a law.
    package init(lambda: Double, sigma: Double, kappa: Double) {
        self.lambda = lambda
        self.sigma = sigma
        self.kappa = kappa
    }

    /// X(N).
    package func throughput(users: Double) -> Double {
        lambda * users / (1 + sigma * (users - 1) + kappa * users * (users - 1))
    }
}

/// How well the law describes the steps.
package struct ScalabilityFit: Codable, Sendable, Equatable {
    /// The law.
    package var law: ScalabilityLaw
    /// The share of the variance that it explains, at most 1.
    package var rSquared: Double
    /// Measured minus fitted throughput, a step each, in the order of `users`.
    package var residuals: [Double]
    /// Users of the steps that it was fitted to.
    package var users: [Double]
    /// Users at which throughput is highest, √((1 − σ) ÷ κ); nil if it never falls.
    package var peakUsers: Double?
    /// Throughput there, or the ceiling λ ÷ σ that it comes near; nil if there is none.
    package var peakThroughput: Double?
    /// Whether the fit is reliable (R² ≥ 0.95 and at least six steps).
    package var isTrustworthy: Bool
}

extension ScalabilityFit {
    /// The fewest steps for a fit: the law has three parameters.
    package static let minimumSteps = 4
    /// The fewest steps for a reliable fit.
    package static let trustworthySteps = 6

    /// Fits the law to throughputs at numbers of users by non-linear least squares, with 0 ≤ σ ≤ 1 and κ ≥ 0; nil with fewer than
    /// `minimumSteps` different numbers of users.
    ///
    /// With D(N) = N ÷ X(N), the law is D = a + b(N − 1) + cN(N − 1) where a = 1/λ, b = σ/λ, c = κ/λ. Each way in which the
    /// bounds can hold (b = 0, b = a, c = 0) is a smaller set of functions that D is made of; the best of those sums that keeps to the
    /// bounds is the answer.
    package init?(users: [Double], throughput: [Double]) {
        let points = zip(users, throughput).filter { $0 > 0 && $1 > 0 && $0.isFinite && $1.isFinite }
        guard Set(points.map(\.0)).count >= Self.minimumSteps else { return nil }
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
            isTrustworthy: rSquared >= 0.95 && Set(points.map(\.users)).count >= Self.trustworthySteps)
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

    /// The fewest users that reach this share of the maximum throughput; nil if there is none.
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

/// Least squares of y ≈ n ÷ Σ wⱼ fⱼ over the weights wⱼ, by Levenberg's and Marquardt's method: small, and exact to rounding for exact data.
struct RatioLeastSquares {
    /// fⱼ at each point, one column a function.
    let columns: [[Double]]
    /// n at each point.
    let numerators: [Double]
    /// y at each point.
    let values: [Double]

    private var points: Range<Int> { values.indices }

    /// The weights; nil if these points do not determine them.
    func solve() -> [Double]? {
        // n ÷ y ≈ Σ wⱼ fⱼ is linear; weighted by y² ÷ n its error is nearly that of y.
        guard var weights = linearStart(), var error = squares(weights) else { return nil }
        var damping = 1e-3
        for _ in 0..<200 {
            guard let step = step(from: weights, damping: damping) else { return weights }
            let next = zip(weights, step).map { $0 + $1 }
            if let nextError = squares(next), nextError <= error {
                let gain = error - nextError
                weights = next
                error = nextError
                damping = max(1e-12, damping / 10)
                if gain <= 1e-15 * error { return weights }
            } else {
                damping *= 10
                if damping > 1e12 { return weights }
            }
        }
        return weights
    }

    private func linearStart() -> [Double]? {
        let importance = points.map { values[$0] * values[$0] / numerators[$0] }
        let rows = columns.map { column in points.map { column[$0] * importance[$0] } }
        let right = points.map { numerators[$0] / values[$0] * importance[$0] }
        return Self.solveNormal(rows, right, damping: 0)
    }

    private func denominator(_ point: Int, _ weights: [Double]) -> Double {
        zip(columns, weights).reduce(0) { $0 + $1.0[point] * $1.1 }
    }

    /// Sum of the squared errors; nil where a denominator is not above 0.
    private func squares(_ weights: [Double]) -> Double? {
        var sum = 0.0
        for point in points {
            let denominator = denominator(point, weights)
            guard denominator > 0 else { return nil }
            let error = values[point] - numerators[point] / denominator
            sum += error * error
        }
        return sum
    }

    private func step(from weights: [Double], damping: Double) -> [Double]? {
        let denominators = points.map { denominator($0, weights) }
        let slopes = columns.map { column in
            points.map { -numerators[$0] * column[$0] / (denominators[$0] * denominators[$0]) }
        }
        let errors = points.map { values[$0] - numerators[$0] / denominators[$0] }
        return Self.solveNormal(slopes, errors, damping: damping)
    }

    /// Solves (AᵀA + damping·diag(AᵀA)) x = Aᵀb, A given by columns; nil if it is singular.
    private static func solveNormal(_ columns: [[Double]], _ right: [Double], damping: Double) -> [Double]? {
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let size = columns.count
        var rows = (0..<size).map { row in
            (0..<size).map { column in dot(columns[row], columns[column]) * (row == column ? 1 + damping : 1) }
                + [dot(columns[row], right)]
        }
        for pivot in 0..<size {
            guard let best = (pivot..<size).max(by: { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }),
                abs(rows[best][pivot]) > 1e-300
            else { return nil }
            rows.swapAt(pivot, best)
            for row in 0..<size where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot...size { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        let solution = (0..<size).map { rows[$0][size] / rows[$0][$0] }
        return solution.allSatisfy(\.isFinite) ? solution : nil
    }
}
