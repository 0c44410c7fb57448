import Foundation
import Logging
import Telemetry
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.timeLimit(.minutes(5))) struct LogWriterTests {
    private func logger(
        _ writer: LogWriter, level: Logger.Level = .info, provider: Logger.MetadataProvider? = nil
    ) -> Logger {
        Logger(
            label: "test",
            factory: { ServiceLogHandler(label: $0, writer: writer, level: level, metadataProvider: provider, clock: { 0 }) })
    }

    /// All lines in the pipe, after closing its writing end.
    private func lines(_ pipe: Pipe) throws -> [String] {
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `records are written in the order of the calls`() throws {
        let pipe = Pipe()
        let writer = LogWriter(format: .text, fileDescriptor: pipe.fileHandleForWriting.fileDescriptor)
        var logger = logger(writer)
        logger[metadataKey: "request_id"] = "r1"
        logger.info("first", metadata: ["k": "v"])
        logger.debug("below the level")
        logger.logLevel = .debug
        logger.debug("second")
        #expect(writer.flush(within: 30))
        #expect(
            try lines(pipe) == [
                "1970-01-01T00:00:00.000Z info test request_id=r1 k=v: first",
                "1970-01-01T00:00:00.000Z debug test request_id=r1: second",
            ])
        #expect(writer.dropped == 0)
    }

    @Test func `the level and the metadata belong to one logger`() {
        let writer = LogWriter(format: .text, fileDescriptor: -1)
        let first = logger(writer)
        var second = first
        second.logLevel = .trace
        second[metadataKey: "k"] = "v"
        #expect(first.logLevel == .info)
        #expect(first[metadataKey: "k"] == nil)
        #expect(second[metadataKey: "k"] == "v")
    }

    @Test func `metadata of the call overrides that of the provider, which overrides that of the logger, and an error is added`()
        throws
    {
        let pipe = Pipe()
        let writer = LogWriter(format: .text, fileDescriptor: pipe.fileHandleForWriting.fileDescriptor)
        var logger = logger(writer, provider: .init { ["a": "provider", "b": "provider"] })
        for key in ["a", "b", "c"] { logger[metadataKey: key] = "logger" }
        logger.error("m", error: CancellationError(), metadata: ["a": "call"])
        #expect(writer.flush(within: 30))
        let line = try #require(try lines(pipe).first)
        #expect(line.contains(" a=call b=provider c=logger error.message="))
        #expect(line.contains(" error.type=Swift.CancellationError: m"))
    }

    @Test func `lines of many tasks stay whole`() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        let writer = LogWriter(format: .json, fileDescriptor: output.fileDescriptor)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { [logger = logger(writer)] in
                    for index in 0..<200 { logger.info("\(task)/\(index)", metadata: ["task": "\(task)"]) }
                }
            }
        }
        #expect(writer.flush(within: 30))
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        var seen: [String: Int] = [:]
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let parts = try #require(object["message"] as? String).split(separator: "/").map(String.init)
            #expect(seen[parts[0], default: 0] == Int(parts[1]))
            seen[parts[0], default: 0] += 1
        }
        #expect(seen.values.sorted() == [Int](repeating: 200, count: 8))
    }

    @Test func `a slow reader does not block logging, and dropped lines are counted and reported`() throws {
        let pipe = Pipe()
        fill(pipe)
        let writer = LogWriter(format: .text, fileDescriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 10_000)
        let logger = logger(writer)
        let message = String(repeating: "x", count: 1_000)
        // Far more than the buffer holds; nobody reads yet.
        for index in 0..<2_000 { logger.info("\(index) \(message)") }
        let dropped = writer.dropped
        #expect(dropped > 1_000)
        #expect(!writer.flush(within: 0))
        let reading = pipe.fileHandleForReading
        let text = Received()
        let reader = Thread {
            while case let data = reading.availableData, !data.isEmpty { text.append(data) }
            text.finish()
        }
        reader.start()
        #expect(writer.flush(within: 30))
        logger.info("after")
        #expect(writer.flush(within: 30))
        try pipe.fileHandleForWriting.close()
        let lines = text.wait().split(separator: "\n").map(String.init)
        let reports = lines.filter { $0.contains("log records were dropped") }
        let reported = reports.compactMap { $0.split(separator: "dropped=").last.flatMap { Int($0.prefix { $0.isNumber }) } }
        #expect(!reports.isEmpty)
        #expect(reported.reduce(0, +) == dropped)
        #expect(lines.last == "1970-01-01T00:00:00.000Z info test: after")
        #expect(lines.count == 2_000 - dropped + reports.count + 1)
        #expect(lines.first?.hasPrefix("1970-01-01T00:00:00.000Z info test: 0 x") == true)
    }

    /// Fills a pipe with empty lines to its last byte, so that the next write waits for a reader.
    private func fill(_ pipe: Pipe) {
        let end = pipe.fileHandleForWriting.fileDescriptor, flags = fcntl(end, F_GETFL)
        _ = fcntl(end, F_SETFL, flags | O_NONBLOCK)
        let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 4_096)
        for count in [lines.count, 1] { while write(end, lines, count) > 0 {} }
        _ = fcntl(end, F_SETFL, flags)
    }

    @Test func `lines to a closed output are counted as dropped`() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let writer = LogWriter(format: .text, fileDescriptor: pipe.fileHandleForWriting.fileDescriptor)
        logger(writer).info("lost")
        #expect(writer.flush(within: 30))
        #expect(writer.dropped == 1)
    }
}

/// What a thread has read.
///
/// Invariant behind `@unchecked Sendable`: the data is touched only under the condition's lock.
private final class Received: @unchecked Sendable {
    private let condition = NSCondition()
    private var data = Data()
    private var isOver = false

    func append(_ more: Data) { condition.withLock { data += more } }

    func finish() {
        condition.withLock {
            isOver = true
            condition.broadcast()
        }
    }

    func wait() -> String {
        condition.withLock {
            while !isOver { condition.wait() }
            return String(decoding: data, as: UTF8.self)
        }
    }
}
