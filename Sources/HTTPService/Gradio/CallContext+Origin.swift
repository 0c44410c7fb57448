import HTTPTypes
import Hummingbird

extension CallContext {
    /// How the client of a request calls us, for the addresses in a reply: `http://anime.example:7860`.
    func origin(of request: Request) -> String {
        let host = request.head.authority ?? ""
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isPlain && (1...255).contains(host.utf8.count) ? "http://\(host)" : ""
    }
}
