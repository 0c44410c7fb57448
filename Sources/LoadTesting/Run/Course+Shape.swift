extension Course {
    /// The way of a shape. A search finds what the objectives allow.
    init(_ shape: LoadShape, plan: LoadPlan) {
        if shape.kind == .findMaximum, let trial = shape.stages.first {
            self = .search(LoadSearch(plan.searchPlan(from: trial.to)), trial: trial)
        } else {
            self = .stages(shape.stages)
        }
    }

    /// Whether loads are tried that the target need not carry.
    var isSearch: Bool {
        if case .search = self { true } else { false }
    }
}

extension LoadPlan {
    /// The search from a load on.
    fileprivate func searchPlan(from level: LoadLevel) -> LoadSearchPlan {
        let most = level.isOpen ? Self.highestRate : Double(Self.mostUsers)
        return LoadSearchPlan(
            start: level.number, lowest: level.isOpen ? 0.1 : 1, highest: min(most, searchHighest ?? most),
            precision: searchPrecision, isWhole: !level.isOpen, repeats: searchRepeats)
    }
}
