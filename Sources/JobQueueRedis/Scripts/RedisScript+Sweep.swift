extension RedisScript {
    /// Expires, reclaims, dead-letters and removes jobs. Arguments: milliseconds to keep final jobs, most bytes of results, most
    /// attempts, the failure of a dead-lettered job, most final jobs, milliseconds after which a silent process counts as gone,
    /// milliseconds of a lease. Reply: how many jobs expired, were reclaimed, were dead-lettered, were removed.
    ///
    /// Each call handles a bounded number of jobs, so that Redis stays free for others; the next call goes on. A job whose hash
    /// somebody has deleted is only forgotten.
    static let sweep = RedisScript(
        "sweep",
        """
        local lifetime, mostBytes = tonumber(argument(1)), tonumber(argument(2))
        local mostAttempts, failure = tonumber(argument(3)), argument(4)
        local mostFinal, silence, lease = tonumber(argument(5)), tonumber(argument(6)), tonumber(argument(7))
        local expired, reclaimed, deadLettered, removed = 0, 0, 0, 0
        local function before(set, time) return call('ZRANGEBYSCORE', set, '-inf', '(' .. time, 'LIMIT', 0, 500) end

        local function remove(id)
            local idempotency = call('HGET', job(id), 'key')
            call('ZREM', FINISHED, id)
            call('ZREM', RESULTS, id)
            local size = call('HGET', SIZES, id)
            if size then
                call('HDEL', SIZES, id)
                call('HINCRBY', COUNTERS, 'results', 0 - size)
            end
            call('DEL', job(id))
            if idempotency and call('HGET', idempotency, 'job') == id then call('DEL', idempotency) end
            removed = removed + 1
        end

        for _, id in ipairs(before(DEADLINES, NOW)) do
            if call('EXISTS', job(id)) == 0 then
                call('ZREM', DEADLINES, id)
            else
                dequeue(id)
                conclude(id, 'expired', lifetime)
                expired = expired + 1
            end
        end
        -- No lease lasts so long: the clock of Redis has been set back. A living worker renews it. Must not fail where Redis accepts
        -- no writes.
        for _, id in ipairs(call('ZRANGEBYSCORE', RUNNING, '(' .. NOW + 2 * lease, '+inf', 'LIMIT', 0, 500)) do
            redis.pcall('ZADD', RUNNING, NOW + lease, id)
        end
        for _, id in ipairs(before(RUNNING, NOW)) do
            if call('EXISTS', job(id)) == 0 then
                call('ZREM', RUNNING, id)
            elseif tonumber(call('HGET', job(id), 'attempts')) >= mostAttempts then
                conclude(id, 'failed', lifetime)
                call('HSET', job(id), 'failure', failure, 'endedBy', 'deadLetter')
                call('HINCRBY', COUNTERS, 'deadLettered', 1)
                deadLettered = deadLettered + 1
            else
                requeue(id)
                reclaimed = reclaimed + 1
            end
        end
        for _, id in ipairs(before(FINISHED, NOW - lifetime)) do remove(id) end
        while counter('results') > mostBytes and removed < 500 do
            local oldest = call('ZRANGE', RESULTS, 0, 0)[1]
            if not oldest then break end
            remove(oldest)
        end
        local excess = math.min(call('ZCARD', FINISHED) - mostFinal, 500)
        if excess > 0 then
            for _, id in ipairs(call('ZRANGE', FINISHED, 0, excess - 1)) do remove(id) end
        end
        call('ZREMRANGEBYSCORE', PROCESSES, '-inf', milliseconds() - silence)
        call('ZREMRANGEBYSCORE', PROCESSES, milliseconds() + silence, '+inf')
        heartbeat()
        return {expired, reclaimed, deadLettered, removed}
        """)

    /// How much the queue holds. Argument: milliseconds after which a silent process counts as gone.
    /// Reply: jobs that wait, their bytes, jobs that run, bytes of results, processes.
    static let load = RedisScript(
        "load",
        """
        heartbeat()
        local processes = call('ZCOUNT', PROCESSES, milliseconds() - argument(1), '+inf')
        return {
            call('ZCARD', WAITING), counter('bytes'), call('ZCARD', RUNNING), counter('results'), math.max(1, processes)
        }
        """)
}
