import ArgumentParser
import BlockingThreads
import Foundation
import LoadGeneration
import LoadTestPhotos
import LoadTesting
import OptionValues
import ProductVersion

/// Assembles the plan from the options and the scenario. Options take precedence over the scenario, the scenario over defaults.
struct PlanAssembly: Sendable {
    private let url: String?
    private let load: LoadOptions
    private let payload: PayloadOptions
    private let connection: ConnectionOptions
    private let measurement: MeasurementOptions

    init(_ command: LoadTestCommand) {
        url = command.url
        load = command.load
        payload = command.payload
        connection = command.connection
        measurement = command.measurement
    }

    /// The plan. Reads files and encodes photos on a thread that may block.
    func plan() async throws -> LoadPlan {
        try await BlockingThreadPool.shared.run(assembled)
    }

    private func assembled() throws -> LoadPlan {
        let scenario = try load.scenario.map { try Scenario(path: $0) }
        let address = try address(scenario)
        var plan = LoadPlan(target: address.target, shape: try shape(scenario))
        plan.generator.connection = connection.chosen
        if let wait = load.wait?.wait ?? scenario?.wait { plan.wait = wait }
        plan.spawnRate = load.spawnRate ?? scenario?.spawnRate
        if let arrivals = load.arrivals ?? scenario?.arrivals { plan.arrivals = arrivals }
        plan.maximumInFlight = load.maxInFlight
        if let dropped = load.drop?.seconds ?? scenario?.dropped { plan.dropped = dropped }
        plan.generator.threads = load.generatorThreads
        plan.searchRepeats = load.repeats
        plan.searchPrecision = load.precision / 100
        if let seed = load.seed ?? scenario?.seed { plan.generator.seed = seed }
        plan.objectives = try objectives(scenario)
        plan.abortAfter = scenario?.abortAfter ?? measurement.abortDelay.seconds
        plan.monitor.pid = measurement.pid
        plan.monitor.metrics = try measurement.metricsTarget()
        for header in payload.header { plan.monitor.headers[header.name] = header.value }
        plan.generator.follow = payload.follow || scenario?.follows == true ? FollowSettings() : nil
        plan.command = CommandLine.arguments
        plan.version = SakugaVersion.current
        try putRequests(into: &plan, scenario, path: address.path)
        return plan
    }

    // MARK: Target

    /// The target. For a plain request the URL also has the request's path; for a service's API it has none.
    private func address(_ scenario: Scenario?) throws -> (target: LoadTarget, path: String) {
        let text = url ?? scenario?.target ?? "http://127.0.0.1:7860"
        do throws(LoadTargetError) {
            guard payload.isPlain else { return (try LoadTarget(text), "/") }
            let hostStart = text.firstRange(of: "://")?.upperBound ?? text.startIndex
            let pathStart = text[hostStart...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
            let path = text[pathStart...].prefix { $0 != "#" }
            return (try LoadTarget(String(text[..<pathStart])), path.hasPrefix("/") ? String(path) : "/\(path)")
        } catch {
            throw ValidationError("\(error)")
        }
    }

    // MARK: Load

    private func shape(_ scenario: Scenario?) throws -> LoadShape {
        guard !load.setsLoad, let shape = scenario?.shape else { return load.chosenShape }
        return shape
    }

    private func objectives(_ scenario: Scenario?) throws -> [Objective] {
        var objectives = try measurement.objectives()
        if objectives == nil, let scenario, let text = scenario.objectives {
            do { objectives = try Objectives.parse(text) } catch { throw ScenarioError(file: scenario.file, "slo: \(error)") }
        }
        guard measurement.abortOnFail || scenario?.abortAfter != nil else { return objectives ?? [] }
        return (objectives ?? []).map { Objective($0.metric, $0.limit, abortsRun: true) }
    }

    // MARK: Requests

    private func putRequests(into plan: inout LoadPlan, _ scenario: Scenario?, path: String) throws {
        if payload.isPlain {
            plan.requests = [try plainRequest(path)]
        } else if let scenario, !scenario.requests.isEmpty, payload.image.isEmpty, payload.api == nil {
            plan.requests = try scenario.requests.flatMap { try $0.templates(pictures: template) }
        } else {
            let photos = try SamplePhotos(payload.image, maxSide: payload.maxSide, quality: payload.quality)
            let request = serviceRequest(photos)
            plan.requests = [request.template()]
            plan.payload = summary(photos, request)
        }
    }

    private func plainRequest(_ path: String) throws -> RequestTemplate {
        let body = try payload.body.map(bytes)
        let method = payload.method?.uppercased() ?? (body == nil ? "GET" : "POST")
        return RequestTemplate(
            name: path, method: method, path: path, headers: payload.headers, bodies: body.map { [RequestBody(bytes: $0)] } ?? [])
    }

    /// The bytes of `--body`: a text, or with `@` a file.
    private func bytes(_ text: String) throws -> [UInt8] {
        guard text.hasPrefix("@") else { return Array(text.utf8) }
        let path = String(text.dropFirst())
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw UnusableFile(name: path, reason: "The file cannot be read.")
        }
        return Array(data)
    }

    private func serviceRequest(_ photos: SamplePhotos) -> ServiceRequest {
        var request = ServiceRequest(api: payload.api ?? .gradio, pictures: photos.photos)
        request.unique = payload.unique
        request.multipart = payload.multipart
        request.query = payload.query ?? ""
        request.headers = payload.headers
        request.expected = payload.expectation.map { Array(repeating: $0, count: photos.photos.count) } ?? []
        request.decode = SamplePhotos.size(of:)
        return request
    }

    /// The template of a scenario's request with photos.
    private func template(_ paths: [String], _ planned: ScenarioRequest) throws -> RequestTemplate {
        guard case .pictures(_, let api) = planned.body else { return RequestTemplate(name: "", path: "/") }
        let photos: SamplePhotos
        do {
            photos = try SamplePhotos(paths, maxSide: payload.maxSide, quality: payload.quality)
        } catch let error as UnusablePhoto {
            var position = planned.place
            position.problem = "\(error)"
            throw position
        }
        var request = serviceRequest(photos)
        request.api = api
        request.unique = payload.unique || planned.isUnique
        request.query = planned.query
        request.headers = planned.fixedHeaders + payload.headers
        var template = request.template()
        if planned.hasChecks { template.checks = planned.checks }
        template.checks.picture?.decode = SamplePhotos.size(of:)
        return template
    }

    private func summary(_ photos: SamplePhotos, _ request: ServiceRequest) -> PayloadSummary {
        let template = request.template()
        let sent = template.bodies.reduce(0) { $0 + $1.bytes.count }
        let count = Double(max(1, template.bodies.count))
        // Bodies of the original photos would be larger by the same factor, for instance that of Base64.
        let growth = Double(sent) / Double(max(1, photos.bytes))
        return PayloadSummary(
            images: photos.photos.count, api: (payload.api ?? .gradio).rawValue, meanBytes: Double(sent) / count,
            originalMeanBytes: photos.isPrepared ? Double(photos.originalBytes) * growth / count : nil, isUnique: payload.unique)
    }
}
