import Hummingbird
import NIOCore
import Serving

/// What is known of a request besides its own words: its connection, its id, its client.
/// `RequestIdentity` fills in the rest before anything else sees it.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// When its head had been read.
    let arrival = ContinuousClock.now
    /// The id that the reply carries and the log names.
    var requestID = ""
    /// Whom it is counted for.
    var identity = ClientIdentity.local
    /// What it has shown to be let in.
    var credential = Credential.none
    /// `http` or `https`, as its client speaks; and the name and port that its client calls, empty if unknown. For
    /// addresses that replies contain.
    var scheme = "http"
    var host = ""
    /// Whose turn its jobs take: the name of an API key, or an address.
    var client: String { identity.description }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
