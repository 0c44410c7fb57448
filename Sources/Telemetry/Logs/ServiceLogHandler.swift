package import Logging

/// Writes log records as single lines, in the order of the calls, without making the caller wait for whoever reads them.
///
/// The level, the metadata and their provider are this value's own, as swift-log asks for; copies share the writer.
package struct ServiceLogHandler: LogHandler {
    /// What every record of this logger carries.
    package var metadata: Logger.Metadata = [:]
    /// Adds what is known at the moment of the call, such as the task's trace.
    package var metadataProvider: Logger.MetadataProvider?
    /// Records below this level are not written.
    package var logLevel: Logger.Level
    private let label: String
    private let writer: LogWriter
    private let clock: @Sendable () -> Int64

    /// Makes a handler for the logger `label`. `clock` says the time in milliseconds since 1970; nil: the system's.
    package init(
        label: String, writer: LogWriter, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil,
        clock: (@Sendable () -> Int64)? = nil
    ) {
        self.label = label
        self.writer = writer
        self.logLevel = level
        self.metadataProvider = metadataProvider
        self.clock = clock ?? { LogTime.now() }
    }

    /// Gets or sets one metadata value.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Hands the record to the writer.
    package func log(event: LogEvent) {
        writer.write(
            LogRecord(
                time: clock(), level: event.level, logger: label, message: event.message.description,
                metadata: metadata(of: event)))
    }

    /// What was set, what the provider knows, what the call brings, and the error: the later ones win.
    private func metadata(of event: LogEvent) -> Logger.Metadata {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, later in later } }
        if let own = event.metadata { all.merge(own) { _, later in later } }
        if let error = event.error {
            all["error.message"] = "\(error)"
            all["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        return all
    }
}
