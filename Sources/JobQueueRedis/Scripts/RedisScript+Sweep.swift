extension RedisScript {
    /// Does what time asks for. Arguments: milliseconds to keep final jobs, most bytes of results, most attempts, the failure of
    /// a job that had so many, most final jobs, milliseconds after which a silent process is gone, milliseconds after which a
    /// worker without jobs is forgotten, milliseconds until a worker counts as gone.
    /// Answer: how many jobs expired, were taken back, were deadLettered, were removed.
    ///
    /// Each call does at most so many steps that Redis is not kept from others; the next goes on. A job whose hash somebody has
    /// deleted is only forgotten.
    static let sweep = RedisScript(
        "sweep",
        """
        local life, mostBytes = tonumber(argument(1)), tonumber(argument(2))
        local mostAttempts, failure = tonumber(argument(3)), argument(4)
        local mostFinal, silence, rest = tonumber(argument(5)), tonumber(argument(6)), tonumber(argument(7))
        local patience = tonumber(argument(8))
        local expired, reclaimed, deadLettered, removed = 0, 0, 0, 0
        local function upTo(set, time) return call('ZRANGEBYSCORE', set, '-inf', '(' .. time, 'LIMIT', 0, 500) end

        local function remove(id)
            local word = call('HGET', job(id), 'key')
            call('ZREM', FINISHED, id)
            call('ZREM', RESULTS, id)
            local size = call('HGET', SIZES, id)
            if size then
                call('HDEL', SIZES, id)
                call('HINCRBY', COUNTERS, 'results', 0 - size)
            end
            call('DEL', job(id))
            if word and call('HGET', word, 'job') == id then call('DEL', word) end
            removed = removed + 1
        end

        for _, id in ipairs(upTo(DEADLINES, NOW)) do
            if call('EXISTS', job(id)) == 0 then
                call('ZREM', DEADLINES, id)
            else
                leave(id)
                conclude(id, 'expired', life)
                expired = expired + 1
            end
        end
        -- No claim lasts so long: Redis' clock has been set back. Its worker renews it, if it lives. Not worth an error where
        -- Redis takes no writes.
        for _, id in ipairs(call('ZRANGEBYSCORE', RUNNING, '(' .. NOW + 2 * patience, '+inf', 'LIMIT', 0, 500)) do
            redis.pcall('ZADD', RUNNING, NOW + patience, id)
        end
        for _, id in ipairs(upTo(RUNNING, NOW)) do
            if call('EXISTS', job(id)) == 0 then
                call('ZREM', RUNNING, id)
            elseif tonumber(call('HGET', job(id), 'attempts')) >= mostAttempts then
                conclude(id, 'failed', life)
                call('HSET', job(id), 'failure', failure, 'ended', 'deadLettered')
                call('HINCRBY', COUNTERS, 'deadLettered', 1)
                deadLettered = deadLettered + 1
            else
                release(id)
                reclaimed = reclaimed + 1
            end
        end
        for _, id in ipairs(upTo(FINISHED, NOW - life)) do remove(id) end
        while counter('results') > mostBytes and removed < 500 do
            local oldest = call('ZRANGE', RESULTS, 0, 0)[1]
            if not oldest then break end
            remove(oldest)
        end
        local excess = math.min(call('ZCARD', FINISHED) - mostFinal, 500)
        if excess > 0 then
            for _, id in ipairs(call('ZRANGE', FINISHED, 0, excess - 1)) do remove(id) end
        end
        if call('EXISTS', JOBS) == 1 then
            for _, worker in ipairs(call('XINFO', 'CONSUMERS', JOBS, 'workers')) do
                if worker[4] == 0 and worker[6] > rest then call('XGROUP', 'DELCONSUMER', JOBS, 'workers', worker[2]) end
            end
            if expired + reclaimed > 0 then tell() end
        end
        call('ZREMRANGEBYSCORE', WORKERS, '-inf', milliseconds() - silence)
        call('ZREMRANGEBYSCORE', WORKERS, milliseconds() + silence, '+inf')
        heard()
        return {expired, reclaimed, deadLettered, removed}
        """)

    /// How much is there. Argument: milliseconds after which a silent process is gone.
    /// Answer: jobs that wait, their bytes, jobs that run, bytes of results, processes.
    static let load = RedisScript(
        "load",
        """
        heard()
        local processes = call('ZCOUNT', WORKERS, milliseconds() - argument(1), '+inf')
        return {
            call('ZCARD', WAITING), counter('bytes'), call('ZCARD', RUNNING), counter('results'), math.max(1, processes)
        }
        """)
}
