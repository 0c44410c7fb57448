extension RedisScript {
    /// Takes the next job for a worker. Arguments: worker, a word of its own for this claim, milliseconds until the worker counts
    /// as gone. Answer: the job's fields and their values in a list; or, when nothing waits, how often the bell has rung: a later
    /// ring may be news.
    static let claim = RedisScript(
        "claim",
        """
        local worker, claim, patience = argument(1), argument(2), tonumber(argument(3))

        if RESENT then
            for _, id in ipairs(call('ZRANGE', RUNNING, 0, -1)) do
                if call('HGET', job(id), 'claim') == claim then return call('HGETALL', job(id)) end
            end
        end

        -- The first job that may still be started; those whose deadline has passed are left to the sweep.
        local function first()
            local index = 0
            while true do
                local places = call('ZRANGE', WAITING, index, index + 63)
                if not places[1] then return nil end
                for _, place in ipairs(places) do
                    local id = string.sub(place, 18)
                    local due = call('HMGET', job(id), 'state', 'due')
                    if not due[1] then
                        call('ZREM', WAITING, place)  -- Somebody has deleted the job.
                    elseif not (due[2] and tonumber(due[2]) < NOW) then
                        return id
                    end
                end
                index = index + 64
            end
        end

        local id = first()
        if not id then
            heard()
            return counter('rings')
        end
        local key = job(id)
        local its = call('HMGET', key, 'turn', 'entry')
        leave(id)
        call('HSET', COUNTERS, 'turn', math.max(counter('turn'), its[1]))
        call('ZREMRANGEBYSCORE', TURNS, '-inf', counter('turn') - 1)
        call('HSET', key, 'state', 'running', 'worker', worker, 'claim', claim, 'started', NOW)
        local attempt = call('HINCRBY', key, 'attempts', 1)
        call('ZADD', RUNNING, NOW + patience, id)
        call('XCLAIM', JOBS, 'workers', worker, 0, its[2], 'RETRYCOUNT', attempt, 'FORCE', 'JUSTID')
        tell()
        heard()
        return call('HGETALL', key)
        """)

    /// Keeps jobs in their worker's hands. Arguments: worker, milliseconds until it counts as gone, then ids and their progress
    /// (or empty). Answer: the ids that are no longer the worker's.
    static let renewLease = RedisScript(
        "renew lease",
        """
        local worker, patience = argument(1), tonumber(argument(2))
        local lost = {}
        for index = 3, #ARGV - 3, 2 do
            local id, progress = argument(index), argument(index + 1)
            local its = call('HMGET', job(id), 'state', 'worker', 'entry')
            if its[1] == 'running' and its[2] == worker then
                call('XCLAIM', JOBS, 'workers', worker, 0, its[3], 'JUSTID')
                call('ZADD', RUNNING, NOW + patience, id)
                if progress ~= '' then call('HSET', job(id), 'progress', progress) end
            else
                table.insert(lost, id)
            end
        end
        return lost
        """)

    /// Puts a claimed job back. Arguments: id, worker, attempt. The attempt does not count.
    static let release = RedisScript(
        "release",
        """
        local id, worker, attempt = argument(1), argument(2), argument(3)
        local key = job(id)
        local its = call('HMGET', key, 'state', 'worker', 'attempts')
        if its[1] ~= 'running' or its[2] ~= worker or its[3] ~= attempt then return 0 end
        release(id)
        call('HINCRBY', key, 'attempts', -1)
        tell()
        return 1
        """)
}
