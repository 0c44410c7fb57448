/// What Gradio's routes remember from one request to the next.
struct GradioDesk: Sendable {
    let configuration: GradioConfiguration
    let shelf: UploadShelf
    let sessions: GradioSessions
    let refused = RefusedEvents()

    init(_ configuration: GradioConfiguration) {
        self.configuration = configuration
        shelf = UploadShelf(configuration)
        sessions = GradioSessions(configuration)
    }
}
