/// A text in the two languages of the page.
package struct LocalizedText: Sendable, Equatable, Codable {
    /// English.
    package var en: String
    /// Chinese.
    package var zh: String

    /// Makes a text.
    package init(en: String, zh: String) {
        self.en = en
        self.zh = zh
    }
}

/// A style that a handler offers, as clients and the page see it.
package struct StyleDescription: Sendable, Equatable, Codable {
    /// The name that requests use.
    package var name: String
    /// A short title.
    package var title: LocalizedText
    /// One sentence about it.
    package var description: LocalizedText
    /// Whether requests without a style get this one; exactly one style of a handler says so.
    package var isDefault: Bool

    /// Makes a description.
    package init(name: String, title: LocalizedText, description: LocalizedText, isDefault: Bool) {
        self.name = name
        self.title = title
        self.description = description
        self.isDefault = isDefault
    }
}

/// What turns a picture into another: all that the service knows of the work behind it.
package protocol JobHandler: Sendable {
    /// The styles on offer, in the order in which to show them.
    var styles: [StyleDescription] { get }

    /// Does the job. Called from any task; must not block the calling thread for long.
    /// The caller's slot is taken until this returns, so it returns when the work has really ended.
    func run(_ request: JobRequest) async throws(JobError) -> JobResult
}
