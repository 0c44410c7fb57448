import NIOCore

/// A connection to the target that carries one request at a time. Lives on its event loop.
protocol Wire: AnyObject {
    /// Who is told what happens; unowned by the wire's own choice of lifetime: the owner closes the wire before it goes.
    var owner: (any WireOwner)? { get set }
    /// Sends a request. Only while none is out and `isOpen`.
    func send(_ call: WireCall)
    /// Closes the connection; nothing more is told.
    func close()
}

/// One request as a wire sends it.
struct WireCall {
    let message: PreparedMessage
    /// The number in its id and its counters.
    let number: UInt64
    let idPrefix: String
    let isHeadRequest: Bool
    let keep: WireAnswer.KeepBody
}

/// Who uses a wire. Called on the wire's event loop.
protocol WireOwner: AnyObject {
    /// The connection, with its TLS handshake, is made.
    func wireIsReady(_ wire: any Wire)
    /// The answer is whole. `goesOn` says whether the wire may carry another request; if not, it closes itself.
    func wire(_ wire: any Wire, answered answer: WireAnswer, goesOn: Bool)
    /// The request that was out, or the attempt to connect, has failed, and the wire is closed. `received` counts the bytes of an
    /// answer that had begun.
    func wire(_ wire: any Wire, failed fault: WireFault, received: Int)
    /// The connection was closed while no request was out.
    func wireWasClosed(_ wire: any Wire)
}
