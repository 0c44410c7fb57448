/// What Gradio's clients may leave with the service, and how its event streams behave.
package struct GradioConfiguration: Sendable {
    /// Uploaded files and the pictures made of them that are kept at once, in bytes.
    package var uploadsLimit = 32 << 20
    /// A file is gone after this time.
    package var uploadLife: Duration = .seconds(3_600)
    /// An upload that no job has used yet makes room for others only after this time.
    package var unusedLife: Duration = .seconds(600)
    /// Client sessions that are remembered; the one not used for longest goes first.
    package var sessionLimit = 2_000
    /// Jobs of one session that have not ended, or whose end has not been told.
    package var eventsPerSession = 128
    /// The same of all sessions.
    package var eventLimit = 8_192
    /// A stream shows a sign of life this often.
    package var heartbeat: Duration = .seconds(15)
    /// A stream without jobs stays open for so long: the client's next job may be on its way.
    package var linger: Duration = .milliseconds(500)
    /// The end of a cancelled job is told so long after the client's last word about it. Told sooner than 150 ms after the reply,
    /// it makes Gradio's Python client raise the wrong exception.
    package var pauseAfterCancel: Duration = .milliseconds(300)
    /// A client that has cancelled says so once more, with `reset`, when it has come so far; this long that is waited for.
    package var patienceForReset: Duration = .seconds(2)

    /// The defaults of `sakuga serve`.
    package init() {}
}
