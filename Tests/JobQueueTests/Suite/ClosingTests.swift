import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClosingTests {
    @Test(arguments: storesUnderTest) func `calls that meet the closing end with an answer or the error, never otherwise`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened in
            let store = opened.store
            let failures = await withTaskGroup(of: JobStoreError?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        do throws(JobStoreError) {
                            _ = try await store.add(submission("c\(number % 3)"))
                            _ = try await store.claim(by: "w\(number)", waitingUpTo: .zero)
                            _ = try await store.load()
                            return nil
                        } catch {
                            return error
                        }
                    }
                    if number == 20 {
                        group.addTask {
                            await store.close(); return nil
                        }
                    }
                }
                return await group.reduce(into: [JobStoreError]()) { all, failure in failure.map { all.append($0) } }
            }
            for failure in failures {
                guard case .unavailable = failure else { throw UnexpectedAnswer("closing led to: \(failure)") }
            }
        }
    }

    @Test(arguments: storesUnderTest) func `a closed store says that it is not available`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let waiting = await opened.waitingClaim()
            await opened.store.close()
            if let claim = try? await waiting.value { Issue.record("a closed store gave \(claim)") }
            await expectUnavailable { _ = try await opened.store.add(submission()) }
            await expectUnavailable { _ = try await opened.store.claim(by: "w1", waitingUpTo: .zero) }
            await expectUnavailable { _ = try await opened.store.load() }
            await expectUnavailable { _ = try await opened.store.sweep() }
            await opened.store.close()
        }
    }

    private func expectUnavailable(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("the store should not be available")
        } catch JobStoreError.unavailable(let reason) {
            #expect(!reason.isEmpty)
        } catch {
            Issue.record(error)
        }
    }
}
