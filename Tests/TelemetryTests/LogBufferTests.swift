import Telemetry
import Testing

@Suite struct LogBufferTests {
    private func line(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 10) }

    @Test func `lines leave in the order of arrival`() {
        var buffer = LogBuffer(capacity: 10_000)
        for number in 0..<200 { buffer.append(line(UInt8(number))) }
        #expect(!buffer.isEmpty)
        for number in 0..<200 { #expect(buffer.next() == .write(line(UInt8(number)))) }
        #expect(!buffer.isEmpty)
        #expect(buffer.next() == .wait)
        #expect(buffer.isEmpty)
    }

    @Test func `a full buffer drops lines until half of it is free, and reports them in the right position`() {
        var buffer = LogBuffer(capacity: 40)
        for number in 0..<7 { buffer.append(line(UInt8(number))) }
        #expect(buffer.dropped == 3)
        #expect(buffer.next() == .write(line(0)))
        buffer.append(line(7))
        #expect(buffer.dropped == 4)
        #expect(buffer.next() == .write(line(1)))
        buffer.append(line(8))
        #expect(buffer.dropped == 4)
        #expect(buffer.next() == .write(line(2)))
        #expect(buffer.next() == .write(line(3)))
        #expect(buffer.next() == .report(dropped: 4))
        #expect(buffer.next() == .write(line(8)))
        #expect(buffer.next() == .wait)
    }

    @Test func `dropped lines are reported even if no line follows`() {
        var buffer = LogBuffer(capacity: 10)
        buffer.append(line(1))
        buffer.append(line(2))
        #expect(buffer.next() == .write(line(1)))
        #expect(buffer.next() == .report(dropped: 1))
        #expect(!buffer.isEmpty)
        #expect(buffer.next() == .wait)
        #expect(buffer.isEmpty)
    }

    @Test func `a closed buffer takes no lines, and ends when it is empty`() {
        var buffer = LogBuffer(capacity: 100)
        buffer.append(line(1))
        buffer.close()
        buffer.append(line(2))
        #expect(buffer.next() == .write(line(1)))
        #expect(buffer.next() == .report(dropped: 1))
        #expect(buffer.next() == .end)
    }

    @Test func `a line that the output failed to take counts as dropped`() {
        var buffer = LogBuffer(capacity: 100)
        buffer.append(line(1))
        _ = buffer.next()
        buffer.recordLoss()
        #expect(buffer.dropped == 1)
        #expect(buffer.next() == .wait)
    }
}
