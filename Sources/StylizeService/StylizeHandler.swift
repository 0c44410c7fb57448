import AnimeGAN
import BlockingThreads
import Foundation
import Imaging
package import JobQueue
package import Logging
package import Serving
import Stylizer

/// Runs the service's jobs: one photo to one picture in the style that the request names.
package struct StylizeHandler: JobHandler {
    private let stylizers: StylizerCache
    private let defaultSize: Int
    private let logger: Logger

    /// - Parameters:
    ///   - stylizers: the styles on offer.
    ///   - defaultSize: the longer side in pixels of the picture that the generator sees, for requests that name none.
    ///   - logger: for errors that are not the request's fault.
    package init(stylizers: StylizerCache, defaultSize: Int, logger: Logger) {
        self.stylizers = stylizers
        self.defaultSize = defaultSize
        self.logger = logger
    }

    /// The installed styles, the default one first.
    package var styles: [StyleDescription] { stylizers.styles }

    /// Reads the photo's header and loads the style. The job that it returns decodes, runs and encodes.
    /// - Throws: `JobError` for an unknown style, and for a photo that is unreadable or too large.
    package func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        try checkStyle(request)
        let options = options(request)
        do {
            let stylizer = try await stylizers.stylizer(request.style)
            // Reading a picture's header takes a fraction of a millisecond, but may take longer for a hostile file.
            let cost = try await BlockingThreadPool.shared.run { try stylizer.cost(of: request.image, options: options) }
            return PreparedJob(
                cost: JobCost(pixels: cost.pixels, memoryBytes: cost.memoryBytes), encodedBytes: request.image.count
            ) { (isUrgent, progress) throws(JobError) in
                try await stylize(request.image, stylizer, options, isUrgent: isUrgent, progress: progress)
            }
        } catch {
            throw jobError(error)
        }
    }

    private func stylize(
        _ image: [UInt8], _ stylizer: Stylizer, _ options: StylizeOptions, isUrgent: Bool,
        progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult {
        do {
            let picture = try await stylizer.stylize(image, options: options, isUrgent: isUrgent) {
                layer, layers in
                progress(JobProgress(layer: layer, layers: layers))
            }
            return JobResult(
                bytes: picture.bytes, mediaType: picture.format.mediaType, width: picture.width, height: picture.height,
                timings: [
                    StageTiming(name: "decode", seconds: picture.timings.decode),
                    StageTiming(name: "infer", seconds: picture.timings.infer),
                    StageTiming(name: "encode", seconds: picture.timings.encode),
                ])
        } catch {
            throw jobError(error)
        }
    }

    private func checkStyle(_ request: JobRequest) throws(JobError) {
        guard let style = request.style, !styles.contains(where: { $0.name == style }) else { return }
        let names = styles.map(\.name).joined(separator: ", ")
        throw JobError(.unknownStyle, "There is no style '\(style)'. Available styles: \(names).")
    }

    private func options(_ request: JobRequest) -> StylizeOptions {
        let size = request.size ?? defaultSize
        let fit: Fit =
            switch request.fit {
            case .contain: .contain(size)
            case .cover: .cover(size)
            case .exact: .exact(width: size, height: size)
            }
        let format: ImageFormat =
            switch request.format {
            case .jpeg: .jpeg
            case .png: .png
            case .webp: .webp
            }
        return StylizeOptions(fit: fit, format: format, quality: request.quality ?? 90)
    }

    private func jobError(_ error: any Error) -> JobError {
        switch error {
        case let error as ImagingError: jobError(error)
        case let error as EngineError: jobError(error)
        case is CancellationError: JobError(.cancelled, "The client disconnected.")
        default: unexpected(error)
        }
    }

    private func jobError(_ error: ImagingError) -> JobError {
        switch error {
        case .empty, .unknownFormat, .damaged, .unsupported: JobError(.unsupportedImage, error.description)
        case .tooManyBytes, .tooManyPixels, .tooLongSide: JobError(.imageTooLarge, error.description)
        case .badSize, .cannotEncode: JobError(.badRequest, error.description)
        case .libraryUnavailable: unexpected(error)
        }
    }

    private func jobError(_ error: EngineError) -> JobError {
        switch error {
        case .tooSmall: JobError(.badRequest, error.description)
        case .tooLarge: JobError(.imageTooLarge, error.description)
        case .outOfMemory: JobError(.overloaded, error.description)
        case .unknownInstructionSet, .wrongInput: unexpected(error)
        }
    }

    /// An internal error: the details go to the log, not to the client.
    private func unexpected(_ error: any Error) -> JobError {
        logger.error("a job failed", metadata: ["error": "\(error)"])
        return JobError(
            .internal, "The picture could not be made because of an internal error. The service's log has the details.")
    }
}
