import Serving
import Testing

@Suite struct TraceContextTests {
    private let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `a request's trace continues in a span of its own`() {
        let context = TraceContext.incoming(header)
        #expect(context.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.parentSpanID == "b7ad6b7169203331")
        #expect(context.spanID != "b7ad6b7169203331")
        #expect(context.spanID.count == 16)
        #expect(context.isSampled)
        #expect(context.traceparent == "00-0af7651916cd43dd8448eb211c80319c-\(context.spanID)-01")
    }

    @Test func `a parsed header is written unchanged`() {
        #expect(TraceContext(traceparent: header)?.traceparent == header)
        #expect(TraceContext(traceparent: header)?.parentSpanID == nil)
        let small = "00-00000000000000000000000000000001-0000000000000001-00"
        #expect(TraceContext(traceparent: small)?.traceparent == small)
        #expect(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02")?.isSampled == false)
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "00-0af7651916cd43dd8448eb211c80319é-b7ad6b7169203331-01",
    ])
    func `a malformed header is ignored and a new trace begins`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
        let context = TraceContext.incoming(header)
        #expect(context.parentSpanID == nil)
        #expect(TraceContext(traceparent: context.traceparent)?.traceID == context.traceID)
    }

    @Test func `the known fields of a later version are read`() {
        let later = TraceContext(traceparent: "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings")
        #expect(later?.traceparent == header)
    }

    @Test func `every span is new, within the same trace`() {
        let root = TraceContext.incoming(nil)
        #expect(!root.isSampled)
        let children = (0..<100).map { _ in root.child() }
        #expect(Set(children.map(\.spanID) + [root.spanID]).count == 101)
        #expect(children.allSatisfy { $0.traceID == root.traceID && $0.parentSpanID == root.spanID })
        #expect(TraceContext.incoming(nil).traceID != root.traceID)
    }
}
