/// A direct job that comes before the running jobs of the queue.
extension AdmissionController {
    /// The running job that overtakes those in slots.
    var overtaker: RunningJob? { running.values.first(where: \.isOvertaking) }

    /// Whether the first job of the direct line may overtake now.
    var mayOvertake: Bool {
        lines.direct.count == 1 && overtaker == nil && slotsAreOfTheQueue && isTurnOfDirect(turns)
            && lines.direct[0].cost.memoryBytes <= memoryLeft
    }

    /// Whether a job that comes now overtakes as soon as it is the direct line's turn.
    func isToOvertake(_ arrival: JobArrival) -> Bool {
        arrival.terms.line == .direct && lines.direct.isEmpty && slotsAreOfTheQueue
            && arrival.cost.memoryBytes <= memoryLeft + (overtaker?.cost.memoryBytes ?? 0)
    }

    /// Whether it does so at once.
    func overtakesAtOnce(_ arrival: JobArrival) -> Bool {
        overtaker == nil && isToOvertake(arrival) && isTurnOfDirect(turnsWithOneMore(in: .direct))
    }

    /// The turns after a job has come to `line`.
    func turnsWithOneMore(in line: JobTerms.Line) -> LineTurns {
        var turns = turns
        if lines[line].isEmpty { turns.becomeBusy(line, otherRunning: runningCoreSeconds(of: line.other)) }
        return turns
    }

    /// What a running job has got so far.
    func use(of job: RunningJob) -> CoreClock.Use {
        clock.reading(overtaking: job.isOvertaking) - job.startReading
    }

    /// The queue's claim counts even while none of its jobs waits: those that run would be kept from running.
    private func isTurnOfDirect(_ turns: LineTurns) -> Bool {
        turns.next(among: PerLine(direct: true, queued: true)) == .direct
    }

    private var slotsAreOfTheQueue: Bool {
        running.values.count { $0.line == .queued } == limits.slots
            && running.values.allSatisfy { $0.line == .queued || $0.isOvertaking }
    }
}
