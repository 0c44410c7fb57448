/// What is wrong in a scenario file or in a file that it names, and where.
package struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    package var file: String
    /// Counted from 1; nil where the whole file is meant.
    package var line: Int?
    /// Counted from 1.
    package var column: Int?
    /// What is wrong and what to do, a sentence.
    package var problem: String

    package init(file: String, line: Int? = nil, column: Int? = nil, _ problem: String) {
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
    }

    package var description: String {
        let place = [line, column].compactMap { $0 }.map { ":\($0)" }.joined()
        return "\(file)\(place): \(problem)"
    }
}
