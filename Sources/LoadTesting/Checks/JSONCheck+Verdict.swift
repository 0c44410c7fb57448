import ByteJSON

extension JSONCheck {
    /// What is wrong with `bytes`, as a stable name and a sentence; nil if the claim holds.
    func complaint(about bytes: UnsafeRawBufferPointer) -> AnswerComplaint? {
        let value: JSONLookup.Value?
        do { value = try JSONLookup.value(at: path, in: bytes) } catch {
            return AnswerComplaint(.notJSON, "The answer is not JSON: see its byte \(error.offset).")
        }
        guard let value else {
            return AnswerComplaint(.check("\(path) is missing"), "The answer's JSON has nothing at \(path).")
        }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[value.range])
        switch rule {
        case .exists: return nil
        case .isNotEmpty:
            return Self.isEmpty(value.kind, raw)
                ? AnswerComplaint(.check("\(path) is empty"), "The answer's JSON is empty at \(path).") : nil
        case .equals(let wanted):
            let text =
                value.kind == .string
                ? JSONString.text(raw.bindMemory(to: UInt8.self)) : String(decoding: raw.prefix(4096), as: UTF8.self)
            return text == wanted
                ? nil : AnswerComplaint(.check("\(path) is not \(wanted)"), "\(path) is \(Self.shortened(text)), not \(wanted).")
        case .contains(let wanted):
            return Self.contains(wanted, value.kind, raw)
                ? nil
                : AnswerComplaint(
                    .check("\(path) has no \(wanted)"), "\(path) is \(Self.shortened(raw)) and has no \(wanted) in it.")
        }
    }

    private static func isEmpty(_ kind: JSONLookup.Value.Kind, _ raw: UnsafeRawBufferPointer) -> Bool {
        switch kind {
        case .string: raw.isEmpty
        case .literal: raw.elementsEqual("null".utf8)
        case .list, .object: raw.dropFirst().dropLast().allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        }
    }

    private static func contains(_ wanted: String, _ kind: JSONLookup.Value.Kind, _ raw: UnsafeRawBufferPointer) -> Bool {
        switch kind {
        case .string: return JSONString.text(raw.bindMemory(to: UInt8.self)).contains(wanted)
        case .object, .literal: return false
        case .list:
            var place = 0
            while let element = try? JSONLookup.value(at: JSONPath([.element(place)]), in: raw), place < 10_000 {
                let text = UnsafeRawBufferPointer(rebasing: raw[element.range])
                if (element.kind == .string
                    ? JSONString.text(text.bindMemory(to: UInt8.self)) : String(decoding: text, as: UTF8.self)) == wanted
                {
                    return true
                }
                place += 1
            }
            return false
        }
    }

    private static func shortened(_ raw: UnsafeRawBufferPointer) -> String {
        shortened(String(decoding: raw.prefix(200), as: UTF8.self))
    }

    private static func shortened(_ text: String) -> String { text.count > 80 ? "\(text.prefix(80))…" : text }
}
