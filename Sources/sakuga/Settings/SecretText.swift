/// Hides passwords in what is shown.
enum SecretText {
    private static let secretEndings = ["token", "password", "secret"]

    /// A setting's value without what must not be read over a shoulder: the password in an address
    /// (`redis://:***@host/0`), or all of a value that is one.
    static func masked(_ value: String, of name: String) -> String {
        if secretEndings.contains(where: name.hasSuffix) { return "***" }
        guard let scheme = value.firstRange(of: "://"),
            let at = value[scheme.upperBound...].lastIndex(of: "@")
        else { return value }
        let user = value[scheme.upperBound..<at].prefix { $0 != ":" }
        // Without a colon the whole may be a password.
        let isNamed = user.endIndex < at
        return value[..<scheme.upperBound] + (isNamed ? "\(user):***" : "***") + value[at...]
    }

    /// A text in which these settings' secrets are hidden.
    static func hiding(_ secrets: [Setting], in text: String) -> String {
        var text = text
        for setting in secrets {
            for value in setting.values where value.count > 1 {
                text = text.replacing(value, with: masked(value, of: setting.option.name))
            }
        }
        return text
    }
}
