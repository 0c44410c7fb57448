/// A worker that takes another's place. There is at most one at a time, so that a pool never lacks more than it must.
struct Replacement: Sendable, Equatable {
    let slot: Int
    let old: Int
    let new: Int
    let reason: String
    let isRoll: Bool
}

/// The way from one generation to the next, slot by slot.
package struct Roll: Sendable, Equatable {
    /// Where it comes from.
    package let from: Generation
    /// Where it leads.
    package let to: Generation
    /// Whether it undoes another.
    package let isRollback: Bool
}

/// How the last update went.
package enum RollOutcome: Sendable, Equatable {
    /// There was none.
    case none
    /// It is under way.
    case underWay(Roll)
    /// Every worker is of this generation now.
    case done(Generation)
    /// A new worker did not stand the test; the sentence says why. Those already replaced are replaced back.
    case failed(String)
}
