import ByteJSON

/// YAML as the JSON text that it means.
struct ScenarioJSON {
    /// Aliases can make a small file mean a huge text; this is the end.
    private static let longest = 32 << 20
    private static let deepest = 100

    private var bytes: [UInt8] = []

    /// The JSON text of what stands at a place.
    static func text(of place: ScenarioNode) throws(ScenarioError) -> [UInt8] {
        var writer = ScenarioJSON()
        try writer.write(place, depth: 0)
        return writer.bytes
    }

    private mutating func write(_ place: ScenarioNode, depth: Int) throws(ScenarioError) {
        guard depth < Self.deepest, bytes.count < Self.longest else { throw place.error("'\(place.name)' is too large.") }
        if place.isMapping {
            try write(object: place, depth: depth)
        } else if place.isList {
            bytes.append(UInt8(ascii: "["))
            for (index, element) in place.elements().enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try write(element, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        } else {
            try write(scalar: place)
        }
    }

    private mutating func write(object place: ScenarioNode, depth: Int) throws(ScenarioError) {
        bytes.append(UInt8(ascii: "{"))
        for (index, pair) in try place.pairs().enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(string: pair.name)
            bytes.append(UInt8(ascii: ":"))
            try write(pair.value, depth: depth + 1)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Quoted words are text; others are what they look like.
    private mutating func write(scalar place: ScenarioNode) throws(ScenarioError) {
        let text = try place.text()
        guard place.isPlain else { return write(string: text) }
        if place.isNull { return bytes.append(contentsOf: "null".utf8) }
        if ["true", "false"].contains(text) || Self.isNumber(text) { return bytes.append(contentsOf: text.utf8) }
        write(string: text)
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: JSONString.escaped(string).utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// What JSON takes for a number; YAML takes more.
    private static func isNumber(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }
}
