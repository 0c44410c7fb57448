import HTTPTypes
import JobQueue

extension Refusal {
    /// What a failed job means in HTTP.
    init(_ error: JobError) {
        let status: HTTPResponse.Status =
            switch error.kind {
            case .badRequest, .unknownStyle: .badRequest
            case .unsupportedImage: .unsupportedMediaType
            case .imageTooLarge: .contentTooLarge
            case .overloaded, .tooSlow, .draining, .storeUnavailable, .cancelled, .expired: .serviceUnavailable
            case .tooManyRequests: .tooManyRequests
            case .conflict: .unprocessableContent
            case .internal: .internalServerError
            }
        let code =
            switch error.kind {
            case .badRequest: "bad_request"
            case .unknownStyle: "unknown_style"
            case .unsupportedImage: "unsupported_image"
            case .imageTooLarge: "image_too_large"
            case .overloaded: "overloaded"
            case .tooSlow: "too_slow"
            case .draining: "draining"
            case .storeUnavailable: "store_unavailable"
            case .tooManyRequests: "too_many_requests"
            case .expired: "deadline"
            case .conflict: "conflict"
            case .cancelled: "cancelled"
            case .internal: "internal"
            }
        // A 503 always says when to come back.
        let retryAfter = error.retryAfter ?? (status == .serviceUnavailable ? 5 : nil)
        self.init(status, code: code, error.message, retryAfter: retryAfter)
    }
}
