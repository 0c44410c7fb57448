extension Course {
    /// The way of a shape. A search finds what the objectives allow.
    init(_ shape: LoadShape, objectives: [Objective]) {
        if shape.kind == .findMaximum, let trial = shape.stages.first {
            self = .search(LoadSearch(startingAt: trial.to.number), trial: trial)
        } else {
            self = .stages(shape.stages)
        }
    }
}
