import Foundation
import Testing

/// The files of `deploy/` and the cluster on one machine, with the real programs: nginx, Redis, promtool, kubectl, systemd-analyze.
@Suite(.timeLimit(.minutes(12))) struct DeployTests {
    @Test func `nginx does what its configuration says`() async throws { try await Check.pass("deploy/nginx.py") }

    @Test func `alerts and dashboard ask for metrics that there are`() async throws {
        try await Check.pass("deploy/monitoring.py")
    }

    @Test func `compose, nginx and the program agree`() async throws { try await Check.pass("deploy/compose.py") }

    @Test func `Kubernetes' schema takes every overlay`() async throws { try await Check.pass("deploy/kubernetes.py") }

    @Test func `systemd takes the unit`() async throws { try await Check.pass("deploy/systemd.py") }

    @Test func `what the deployment guide tells to do works`() async throws { try await Check.pass("deploy/guide.py") }

    @Test func `a cluster says what is wrong and leaves nothing half started`() async throws {
        try await Check.pass("drills/cluster_mistakes.py")
    }

    @Test func `a cluster goes on when an instance or Redis is killed`() async throws {
        try await Check.pass("drills/cluster.py")
    }

    @Test func `a cluster goes on when an instance is cut off`() async throws { try await Check.pass("drills/cluster_cut.py") }

    @Test func `jobs of a cluster are finished once while instances are killed`() async throws {
        try await Check.pass("drills/cluster_jobs.py")
    }
}
