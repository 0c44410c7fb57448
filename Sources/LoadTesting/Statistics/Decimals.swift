/// Numbers in sentences and tables: three digits that matter, no locale.
package enum Decimals {
    /// `0.0123`, `1.23`, `12.3`, `123`, `1234`.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "?" : value < 0 ? "-∞" : "∞" }
        let size = abs(value)
        let places = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        return text(value, places: places)
    }

    /// With a fixed number of decimals.
    package static func text(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = scaled / Int64(scale), part = scaled % Int64(scale)
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = String(part)
        return "\(sign)\(whole).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    /// With at most three decimals and no trailing zeros: `8`, `7.5`, `0.125`.
    package static func shortest(_ value: Double) -> String {
        let thousandths = (value * 1_000).rounded()
        guard abs(thousandths) < 1e15 else { return "\(value)" }
        let whole = Int(thousandths)
        if whole % 1_000 == 0 { return "\(whole / 1_000)" }
        var digits = String(abs(whole) % 1_000)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole < 0 ? "-" : "")\(abs(whole) / 1_000).\(digits)"
    }
}
