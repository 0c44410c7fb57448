import AsyncHTTPClient
import BlockingThreads
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Downloads a published model, verifies and installs it.
///
/// Received bytes are kept in a part file, so that an interrupted download continues where it ended. File access runs on
/// ``BlockingThreadPool``.
package struct ModelPuller: Sendable {
    /// Timeouts, retries and limits.
    package struct Configuration: Sendable {
        /// The delays before the second and further attempts (1, 2, 4 and 8 s); after the last attempt the pull fails.
        package var retryDelays: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
        /// The maximum size of a file, in bytes (64 MiB).
        package var byteLimit = 64 << 20
        /// The connect timeout (15 s).
        package var connectTimeout: Duration = .seconds(15)
        /// The read timeout: the longest time without data (30 s).
        package var readTimeout: Duration = .seconds(30)
        /// The maximum number of redirects (5).
        package var redirectLimit = 5
        /// The environment with `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
        package var environment: [String: String] = [:]
        /// Sleeps; replaced in tests.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// Creates the default configuration with the proxies of `environment`.
        package init(environment: [String: String]) { self.environment = environment }
    }

    let store: ModelStore
    let configuration: Configuration

    /// Creates a puller that installs into `store`.
    package init(store: ModelStore, configuration: Configuration) {
        self.store = store
        self.configuration = configuration
    }

    /// Downloads, verifies and installs `entry`.
    /// - Parameters:
    ///   - mirror: another address of the same file; the digest must match.
    ///   - report: called for every chunk received and before every retry, from any thread.
    package func pull(
        _ entry: Catalogue.Entry, from mirror: String? = nil, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws(PullError) -> ModelStore.InstalledModel {
        let url = mirror ?? entry.url
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: try clientConfiguration(for: url))
        let result: Result<ModelStore.InstalledModel, PullError>
        do throws(PullError) {
            let part = try await openPart(entry)
            let download = Download(
                client: client, part: part, entry: entry, url: url, byteLimit: configuration.byteLimit, report: report)
            do throws(PullError) {
                result = .success(try await attempts(download))
            } catch {
                result = .failure(error)
            }
            await BlockingThreadPool.shared.run { part.close() }
        } catch {
            result = .failure(error)
        }
        // The connections are idle now; an error when closing one does not matter to the caller.
        try? await client.shutdown()
        return try result.get()
    }

    private func attempts(_ download: Download) async throws(PullError) -> ModelStore.InstalledModel {
        var policy = RetryPolicy(delays: configuration.retryDelays, entry: download.entry, url: download.url)
        var startsOver = false
        while true {
            do throws(RetryPolicy.Failure) {
                let isResumed = try await download.run(fromStart: startsOver)
                return try await install(download, isResumed: isResumed)
            } catch {
                switch policy.decide(after: error) {
                case .fail(let failure): throw failure
                case .retry(let delay, let fromStart, let reason):
                    startsOver = fromStart
                    download.report(.retry(.init(reason: reason, delay: delay)))
                    do { try await configuration.sleep(delay) } catch { throw .cancelled }
                }
            }
        }
    }

    private func openPart(_ entry: Catalogue.Entry) async throws(PullError) -> PartFile {
        let store = store
        let part: PartFile?
        do throws(ModelStoreError) {
            part = try await BlockingThreadPool.shared.run { () throws(ModelStoreError) in
                try store.checkFree(ModelName(entry.name))
                return try PartFile.open("\(entry.name).part", in: "\(store.userFolder)/.parts")
            }
        } catch { throw .store(error) }
        guard let part else { throw .busy(name: entry.name) }
        return part
    }

    /// Checks the digest of the file before parsing it, then converts and installs it.
    private func install(
        _ download: Download, isResumed: Bool
    ) async throws(RetryPolicy.Failure) -> ModelStore.InstalledModel {
        let store = store
        let part = download.part
        let failure: PullError
        do throws(PullError) {
            let model = try await BlockingThreadPool.shared.run { () throws(PullError) in
                let model = try store.installDownload(part.path, entry: download.entry, url: download.url)
                part.discard()
                return model
            }
            return model
        } catch { failure = error }
        // Parts of two different files make a wrong one; a download from the start tells whether the server's file is wrong, too.
        if isResumed, case .wrongFile = failure { throw .stalePart(failure) }
        if case .wrongFile = failure { part.discard() }
        throw .final(failure)
    }

    private func clientConfiguration(for address: String) throws(PullError) -> HTTPClient.Configuration {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
            throw .badAddress(address)
        }
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .follow(max: configuration.redirectLimit, allowCycles: false)
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = TimeAmount(configuration.readTimeout)
        settings.connectionPool.retryConnectionEstablishment = false
        if let proxy = try ProxySettings.resolve(for: url, environment: configuration.environment) {
            let login = proxy.user.map { HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "") }
            settings.proxy =
                proxy.kind == .socks
                ? .socksServer(host: proxy.host, port: proxy.port)
                : .server(host: proxy.host, port: proxy.port, authorization: login)
        }
        return settings
    }
}

extension ModelPuller {
    /// What a pull reports while it runs.
    package enum Event: Sendable, Equatable {
        /// Bytes were received.
        case progress(Progress)
        /// An attempt failed, and another one follows.
        case retry(Retry)
    }

    /// The progress of a download.
    package struct Progress: Sendable, Equatable {
        /// Bytes received, including those of earlier attempts.
        package let received: Int
        /// The size of the file in bytes; nil if the server does not say.
        package let total: Int?
        /// Bytes that were there when this attempt began.
        package let resumedFrom: Int

        /// Creates a progress.
        package init(received: Int, total: Int?, resumedFrom: Int) {
            self.received = received
            self.total = total
            self.resumedFrom = resumedFrom
        }
    }

    /// Why an attempt failed, and when the next one begins.
    package struct Retry: Sendable, Equatable, CustomStringConvertible {
        /// A clause without a full stop.
        package let reason: String
        /// The delay before the next attempt.
        package let delay: Duration

        /// Creates a retry.
        package init(reason: String, delay: Duration) {
            self.reason = reason
            self.delay = delay
        }

        /// The message, such as `the server responded 503 Service Unavailable; retrying in 2 s`.
        package var description: String {
            if delay == .zero { return "\(reason); retrying" }
            let parts = delay.components
            return "\(reason); retrying in \(parts.attoseconds == 0 ? "\(parts.seconds) s" : "\(delay)")"
        }
    }
}
