package import Logging

/// Writes log records as single lines in the order of the calls. The caller never waits for the reader of the log.
///
/// Level, metadata and metadata provider have value semantics, as swift-log requires; copies share the writer.
package struct ServiceLogHandler: LogHandler {
    /// The metadata of every record of this logger.
    package var metadata: Logger.Metadata = [:]
    /// Provides metadata at the time of the call, such as the task's trace.
    package var metadataProvider: Logger.MetadataProvider?
    /// Records below this level are not written.
    package var logLevel: Logger.Level
    private let label: String
    private let writer: LogWriter
    private let clock: @Sendable () -> Int64

    /// Creates a handler for the logger `label`. `clock` returns milliseconds since 1970; nil means the system clock.
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

    /// The metadata of the logger, the provider, the call and the error; later ones win.
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
