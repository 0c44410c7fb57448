/// How a picture of output tiles is cut into chunks, each of which one thread transforms, multiplies and transforms back while
/// it stays in cache. Depends on the shape alone, so that the picture does not depend on the number of threads.
struct TileSchedule: Sendable {
    /// A rectangle of tiles.
    struct Chunk {
        let rows: Range<Int>
        let columns: Range<Int>
        var tiles: Int { rows.count * columns.count }
    }

    let tilesHigh: Int
    let tilesWide: Int
    private let rowCuts: Int
    private let columnCuts: Int

    /// Chunks of at most about `target` tiles: part of one row of tiles where the picture is wide, several rows where it is narrow.
    init(height: Int, width: Int, tile: Int, target: Int) {
        tilesHigh = (height + tile - 1) / tile
        tilesWide = (width + tile - 1) / tile
        columnCuts = (tilesWide + target - 1) / target
        let perRow = (tilesWide + columnCuts - 1) / columnCuts
        let rowsPerChunk = max(1, target / perRow)
        // At least four chunks where there are that many rows, so that two threads find work at small sizes.
        rowCuts = min(tilesHigh, max((tilesHigh + rowsPerChunk - 1) / rowsPerChunk, (4 + columnCuts - 1) / columnCuts))
    }

    var count: Int { rowCuts * columnCuts }

    /// The most tiles in a chunk.
    var largestChunk: Int {
        ((tilesHigh + rowCuts - 1) / rowCuts) * ((tilesWide + columnCuts - 1) / columnCuts)
    }

    /// The largest chunk's rows and columns of tiles.
    var largestRows: Int { (tilesHigh + rowCuts - 1) / rowCuts }
    var largestColumns: Int { (tilesWide + columnCuts - 1) / columnCuts }

    subscript(index: Int) -> Chunk {
        let row = index / columnCuts, column = index % columnCuts
        return Chunk(
            rows: tilesHigh * row / rowCuts..<tilesHigh * (row + 1) / rowCuts,
            columns: tilesWide * column / columnCuts..<tilesWide * (column + 1) / columnCuts)
    }
}
