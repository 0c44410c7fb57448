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
}
