import AnimeGAN
import BlockingThreads
import Foundation
import Imaging
import JobQueue
import Logging
import Serving
import Stylizer

/// Answers the service's jobs with the stylizers on the shelf.
struct StylizeHandler: JobHandler {
    let shelf: StyleShelf
    let defaultSize: Int
    let logger: Logger

    var styles: [StyleDescription] { shelf.styles }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        try refuseUnknownStyle(request)
        let options = options(request)
        do {
            let stylizer = try await shelf.stylizer(request.style)
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

    private func refuseUnknownStyle(_ request: JobRequest) throws(JobError) {
        guard let style = request.style, !styles.contains(where: { $0.name == style }) else { return }
        let names = styles.map(\.name).joined(separator: ", ")
        throw JobError(.unknownStyle, "There is no style called \(style); there is \(names).")
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
        case is CancellationError: JobError(.cancelled, "The client went away.")
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

    /// Our own mistake: the log has the details, the client does not.
    private func unexpected(_ error: any Error) -> JobError {
        logger.error("a job failed", metadata: ["error": "\(error)"])
        return JobError(.internal, "The picture could not be made because of a fault in the service; the log has the details.")
    }
}
