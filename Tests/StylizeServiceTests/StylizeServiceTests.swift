import AnimeGAN
import Foundation
import GoldenPictures
import Imaging
import InstalledModels
import JobQueue
import Logging
import Serving
import StylizeService
import Synchronization
import Testing

/// The service's handler on the models that come with Sakuga.
@Suite struct StylizeServiceTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Models").path
    private let store = ModelStore(shippedFolder: models, userFolder: "/nowhere")
    private let pool = ComputePool(threads: 2)

    private func handler(defaultStyle: String = "painted") throws -> StylizeHandler {
        try ImageCodec.start()
        return StylizeHandler(
            stylizers: try StylizerCache(store: store, pool: pool, defaultStyle: defaultStyle), defaultSize: 32,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func photo(width: Int = 48, height: Int = 32) throws -> [UInt8] {
        let bytes = (0..<width * height * 3).map { UInt8($0 % 251) }
        return try ImageCodec.encode(PixelBuffer(width: width, height: height, bytes: bytes), as: .png, quality: 90)
    }

    @Test func `a job gives a picture of the default size, in the format that it asks for`() async throws {
        let request = JobRequest(image: try photo(), format: .png), layers = Mutex(0)
        let result = try await handler().prepare(request).run(isUrgent: false) { _ in layers.withLock { $0 += 1 } }
        #expect(result.mediaType == "image/png" && result.width == 32)
        #expect(result.timings.map(\.name) == ["decode", "infer", "encode"])
        #expect(layers.withLock { $0 } > 10)
    }

    @Test func `an unknown style and a file that is no picture are the client's errors`() async throws {
        let handler = try handler()
        for (request, kind) in [
            (JobRequest(image: try photo(), style: "unknown"), JobError.Kind.unknownStyle),
            (JobRequest(image: Array("no picture".utf8)), .unsupportedImage),
        ] {
            let error = await #expect(throws: JobError.self) { try await handler.prepare(request) }
            #expect(error?.kind == kind)
        }
    }

    @Test func `the default style comes first, and has to be installed`() throws {
        #expect(try handler(defaultStyle: "dusk").styles.first?.name == "dusk")
        #expect(throws: ModelStoreError.self) { try handler(defaultStyle: "unknown") }
    }

    @Test func `more styles than the cache holds are loaded again`() async throws {
        let stylizers = try StylizerCache(store: store, pool: pool, defaultStyle: "painted")
        for _ in 0..<2 {
            for style in stylizers.styles { _ = try await stylizers.stylizer(style.name) }
        }
        await #expect(throws: (any Error).self) { try await stylizers.stylizer("unknown") }
    }

    @Test func `every model makes the golden picture that was released with it`() async throws {
        try ImageCodec.start()
        let check = GoldenCheck(store: store, pool: pool, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for model in store.installed() {
            guard case .agrees(let difference) = try await check.check(model, write: false) else {
                Issue.record("\(model.card.name) makes another picture")
                continue
            }
            #expect(difference <= GoldenPicture.tolerance)
        }
    }

    @Test func `a golden check tells missing, outdated and wrong pictures apart`() {
        let made = GoldenPicture(style: "painted", revision: "a", pixels: (0..<300).map { UInt8($0 % 200) })
        var other = made
        #expect(GoldenCheck.compare(made, with: nil) == .noneReleased)
        #expect(GoldenCheck.compare(made, with: made) == .agrees(difference: 0))
        other.revision = "b"
        #expect(GoldenCheck.compare(made, with: other) == .outdated)
        other = made
        other.pixels.reverse()
        guard case .wrong = GoldenCheck.compare(made, with: other) else {
            Issue.record("a picture beyond the tolerance passes")
            return
        }
    }

    @Test func `a monitored job counts as stalled only while it runs`() async throws {
        let monitor = ProgressMonitor(), handler = monitor.monitoring(try handler())
        #expect(monitor.stalledSeconds == 0)
        let stalled = Mutex<Double>(-1)
        _ = try await handler.prepare(JobRequest(image: try photo())).run(isUrgent: false) { _ in
            stalled.withLock { $0 = monitor.stalledSeconds }
        }
        #expect(stalled.withLock { $0 } >= 0)
        #expect(monitor.stalledSeconds == 0)
    }

    @Test(.timeLimit(.minutes(2))) func `the warm-up makes the service ready after its last step`() async throws {
        let loading = LoadingHandler(), readiness = Readiness(), handler = try handler()
        let scheduler = Scheduler(
            limits: SchedulerLimits(slots: 1, waitingJobs: 1, waitingBytes: 1_000_000, memoryBytes: 500_000_000))
        let states = Mutex<[Readiness.State]>([])
        try await WarmUp(
            handler: handler, loading: loading, scheduler: scheduler, readiness: readiness, size: 32,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            beforeReady: { _ in states.withLock { $0.append(readiness.current) } }
        ).run()
        #expect(states.withLock { $0 } == [.starting])
        #expect(readiness.current == .ready && loading.isReady)
    }
}
