import BlockingThreads
import Foundation
import HTTPTypes
import Hummingbird
import LoadTesting
import NIOCore

/// `GET /loadtest/runs/{id}/{file}`: a report's file of a run, made when it is asked for, as a download.
struct RunFiles: Sendable {
    let desk: ConsoleDesk
    private static let mediaTypes = [
        "html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8",
        "xml": "application/xml",
        "hlog": "text/plain; charset=utf-8",
    ]

    func response(run id: String, name: String, path: String) async throws -> Response {
        guard LoadReport.fileNames.contains(name) else { throw ConsoleProblem.unknown(path) }
        guard let summary = await desk.summary(of: id) else { throw ConsoleProblem.noRun }
        // Making a page takes a moment of computing, which doesn't belong on the threads that serve.
        let data = try await BlockingThreadPool.shared.run { try LoadReport(summary).file(name) }
        guard let data else { throw ConsoleProblem.unknown(path) }
        let kind = name.split(separator: ".").last.map(String.init) ?? ""
        let headers: HTTPFields = [
            .contentType: Self.mediaTypes[kind] ?? "application/octet-stream", .cacheControl: "no-store",
            // Always saved, never opened here: a report has scripts of its own, and this origin is the console's.
            .contentDisposition: "attachment; filename=\"\(Self.fileName(summary.id, name))\"",
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private static func fileName(_ id: String, _ name: String) -> String {
        String(id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(60)) + "-" + name
    }
}
