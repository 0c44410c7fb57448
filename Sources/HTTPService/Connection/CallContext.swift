import Hummingbird
import NIOCore

/// What is known of a request besides its own words: its connection, its id, its client.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// When its head had been read.
    let arrival = ContinuousClock.now
    /// The id that the reply carries and the log names.
    var requestID = ""
    /// Whose turn its jobs take.
    var client: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        client = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
