import Foundation
import Stylizer
import Testing

@Suite struct `Choosing photos` {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["b.jpg", "a.PNG", "c.heic", "notes.txt", ".hidden.jpg", "deeper/d.jpg", "noextension"] {
            try folder.add(name)
        }
        try FileManager.default.createDirectory(atPath: "\(folder.path)/odd.jpg", withIntermediateDirectories: true)
    }

    private func select(_ entries: String...) -> PhotoSelection {
        PhotoSelection(entries.map { "\(folder.path)/\($0)" })
    }

    private func names(_ selection: PhotoSelection) -> [String] {
        selection.photos.map { String($0.dropFirst(folder.path.count + 1)) }
    }

    @Test func `a file is taken whatever its name is`() {
        let selection = select("notes.txt")
        #expect(names(selection) == ["notes.txt"] && selection.isOneFile && selection.problems.isEmpty)
    }

    @Test func `a folder stands for the pictures directly in it by name`() {
        let selection = select("")
        #expect(names(selection) == ["a.PNG", "b.jpg", "c.heic"])
        #expect(!selection.isOneFile && selection.problems.isEmpty)
    }

    @Test func `a pattern stands for the files it matches`() {
        #expect(names(select("*.jpg")) == ["b.jpg"])
        #expect(names(select("[ab].*")) == ["a.PNG", "b.jpg"])
        #expect(names(select("*/d.jp?")) == ["deeper/d.jpg"])
        #expect(!select("*.heic").isOneFile)
    }

    @Test func `a photo named twice is taken once`() {
        #expect(names(select("b.jpg", "*.jpg", "a.PNG")) == ["b.jpg", "a.PNG"])
    }

    @Test func `what stands for nothing is told and the rest goes on`() throws {
        try folder.add("empty/readme.txt")
        let selection = select("missing.jpg", "*.bmp", "empty", "b.jpg")
        #expect(names(selection) == ["b.jpg"])
        #expect(
            selection.problems.map(\.reason) == [
                "There is no such file or folder.", "No file matches this pattern.", "There is no picture in this folder.",
            ])
    }

    @Test func `a file whose name looks like a pattern is itself`() throws {
        try folder.add("odd[1].jpg")
        #expect(names(select("odd[1].jpg")) == ["odd[1].jpg"])
    }
}
