/// Least squares of y ≈ n ÷ Σ wⱼ fⱼ over the weights wⱼ, by Levenberg's and Marquardt's method: small, and exact to rounding for exact data.
struct RatioLeastSquares {
    /// fⱼ at each point, one column a function.
    let columns: [[Double]]
    /// n at each point.
    let numerators: [Double]
    /// y at each point.
    let values: [Double]

    private var points: Range<Int> { values.indices }

    /// The weights; nil if the functions cannot be told apart at these points.
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
