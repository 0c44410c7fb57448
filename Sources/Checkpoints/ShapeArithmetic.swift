/// Products of extents that come from a file, where every multiplication may overflow.
enum ShapeArithmetic {
    /// The number of elements, or nil where an extent is negative or the product does not fit.
    static func count(_ shape: [Int]) -> Int? {
        var product = 1
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }

    /// The number of bytes of `shape` in elements of `size` bytes, or nil as above.
    static func bytes(_ shape: [Int], size: Int) -> Int? {
        count(shape + [size])
    }
}
