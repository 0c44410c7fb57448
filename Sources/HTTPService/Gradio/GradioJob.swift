import JobQueue
import Serving

/// From a call of Gradio's to a job of ours.
enum GradioJob {
    /// The job that a call asks for. Errors: what is wrong with its inputs.
    static func request(_ call: PredictRequest, _ backend: Backend) async throws(Refusal) -> JobRequest {
        let image = try await image(try call.picture.get(), backend)
        return JobRequest(
            image: image, style: VersionChoice.style(for: call.version, among: backend.service.styles), format: .jpeg, quality: 90
        )
    }

    /// Submits the job. Errors: those that a later try may not meet. All others are kept as the job's end, as Gradio does.
    static func submit(
        _ call: PredictRequest, for caller: ClientContext, _ backend: Backend
    ) async throws(Refusal) -> Result<JobReport, Refusal> {
        do throws(Refusal) {
            return .success(try await backend.submit(try await request(call, backend), for: caller))
        } catch {
            if error.isTemporary { throw error }
            return .failure(error)
        }
    }

    private static func image(_ picture: PredictRequest.Picture, _ backend: Backend) async throws(Refusal) -> [UInt8] {
        switch picture {
        case .bytes(let bytes), .fileBytes(let bytes): return bytes
        case .file(let text):
            guard let path = ServedPath(text) else { throw .fileNotThere }
            if let file = backend.gradio.shelf.file(at: path) { return file.bytes }
            // A picture that we made may be turned once more.
            guard let result = await result(at: path, backend) else { throw .fileNotThere }
            return result.bytes
        }
    }

    /// The result of the job that a path names; nil when there is none.
    static func result(at path: ServedPath, _ backend: Backend) async -> JobResult? {
        guard let result = try? await backend.service.result(of: path.id),
            path.name == result.fileName
        else { return nil }
        return result
    }
}
