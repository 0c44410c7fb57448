import AsyncHTTPClient
import BlockingThreads
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Downloads a model of the catalogue, checks that it is the published file, and installs it.
///
/// What has come is kept in a part file, so that an interrupted download goes on where it ended. File work runs on the
/// blocking threads, never on the cooperative pool.
package struct ModelPuller: Sendable {
    /// How patient and how generous a puller is.
    package struct Configuration: Sendable {
        /// The waits before the second and further attempts (1, 2, 4 and 8 s); after the last the pull fails.
        package var retryDelays: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
        /// The most bytes a file may have (64 MiB).
        package var byteLimit = 64 << 20
        /// The longest wait for a connection (15 s).
        package var connectTimeout: Duration = .seconds(15)
        /// The longest silence in the middle of a download (30 s).
        package var readTimeout: Duration = .seconds(30)
        /// The most redirects that are followed (5).
        package var redirectLimit = 5
        /// Where `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` are read.
        package var environment: [String: String] = [:]
        /// How waiting is done; tests do not wait.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// The defaults, with the proxies of `environment`.
        package init(environment: [String: String]) { self.environment = environment }
    }

    let store: ModelStore
    let configuration: Configuration

    /// A puller that installs into `store`.
    package init(store: ModelStore, configuration: Configuration) {
        self.store = store
        self.configuration = configuration
    }

    /// Downloads, verifies and installs `entry`.
    /// - Parameters:
    ///   - mirror: another address of the very same file; the digest must still agree.
    ///   - report: called for every piece that comes and before every retry, from no particular thread.
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
        // The connections are idle by now; a failure to close one changes nothing for the caller.
        try? await client.shutdown()
        return try result.get()
    }

    private func attempts(_ download: Download) async throws(PullError) -> ModelStore.InstalledModel {
        var policy = RetryPolicy(delays: configuration.retryDelays, entry: download.entry, url: download.url)
        var fresh = false
        while true {
            do throws(RetryPolicy.Failure) {
                let wasResumed = try await download.run(fresh: fresh)
                return try await install(download, wasResumed: wasResumed)
            } catch {
                switch policy.decide(after: error) {
                case .giveUp(let failure): throw failure
                case .again(let delay, let anew, let reason):
                    fresh = anew
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

    /// Checks the whole file's id before anything in it is looked at, then converts and installs it.
    private func install(
        _ download: Download, wasResumed: Bool
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
        // Two halves of different files make a wrong one; an attempt from the start tells whether the server's is wrong too.
        if wasResumed, case .wrongFile = failure { throw .staleRemains(failure) }
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
    /// What a pull tells while it runs.
    package enum Event: Sendable, Equatable {
        /// Bytes came.
        case progress(Progress)
        /// An attempt failed and another one follows.
        case retry(Retry)
    }

    /// How far a download is.
    package struct Progress: Sendable, Equatable {
        /// Bytes that are here, those of earlier attempts included.
        package let received: Int
        /// Bytes of the whole file; nil where the server does not say.
        package let total: Int?
        /// Bytes that were here when this attempt began.
        package let resumedFrom: Int

        /// A state of these numbers.
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
        /// The wait before the next attempt.
        package let delay: Duration

        /// A retry for this reason after this wait.
        package init(reason: String, delay: Duration) {
            self.reason = reason
            self.delay = delay
        }

        /// The line for people, such as `the server answered 503 Service Unavailable; trying again in 2 s`.
        package var description: String {
            if delay == .zero { return "\(reason); trying again" }
            let parts = delay.components
            return "\(reason); trying again in \(parts.attoseconds == 0 ? "\(parts.seconds) s" : "\(delay)")"
        }
    }
}
