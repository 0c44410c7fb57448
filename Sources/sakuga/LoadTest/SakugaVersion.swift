/// This program's version, for reports.
enum SakugaVersion {
    static let text = "1.0"
}
