/// Why the engine cannot run.
public enum EngineError: Error, Equatable, CustomStringConvertible {
    /// `SAKUGA_ISA` names an instruction set that does not exist or that this processor lacks.
    case unknownInstructionSet(String)
    /// A side of the picture has fewer pixels than the generator is defined for.
    case tooSmall(height: Int, width: Int)
    /// The picture has more pixels than the limit.
    case tooLarge(height: Int, width: Int, maximumPixels: Int)
    /// The input does not hold the number of values that its width and height ask for.
    case wrongInput(expected: Int, found: Int)
    /// The system refused a buffer of this size.
    case outOfMemory(bytes: Int)

    /// A sentence for people: what was wrong and what to do.
    public var description: String {
        switch self {
        case .unknownInstructionSet(let name):
            "SAKUGA_ISA=\(name) names no instruction set of this processor; it runs \(KernelSet.all.map(\.name).joined(separator: ", "))."
        case .tooSmall(let height, let width):
            "A picture of \(width)×\(height) pixels is too small; the generator needs at least "
                + "\(Architecture.minimumSide) on each side."
        case .tooLarge(let height, let width, let maximumPixels):
            "A picture of \(width)×\(height) pixels is too large; the limit is \(maximumPixels) pixels."
        case .wrongInput(let expected, let found):
            "The input holds \(found) values where its size asks for \(expected)."
        case .outOfMemory(let bytes):
            "The system has no \(bytes / 1_048_576) MB of memory left for this picture; send a smaller one or try again later."
        }
    }
}
