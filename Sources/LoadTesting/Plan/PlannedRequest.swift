/// One kind of request of a plan. Several are mixed by weight.
package struct PlannedRequest: Sendable {
    /// What tables call it.
    package var name: String
    /// `GET`, `POST` …
    package var method: String
    /// Path and query, put after the target's own path: `/v1/stylize`.
    package var path: String
    /// Headers beside those that every request has, in order.
    package var headers: [(name: String, value: String)] = []
    /// How often it is chosen against the others.
    package var weight = 1

    /// A request without a body.
    package init(name: String, method: String = "GET", path: String = "") {
        self.name = name
        self.method = method
        self.path = path
    }
}
