extension RedisScript {
    /// Takes the next job for a worker. Arguments: worker, an id of this claim, milliseconds of the lease.
    /// Reply: the job's fields and their values in a list; or, when nothing waits, the number of notifications so far.
    static let claim = RedisScript(
        "claim",
        """
        local worker, claim, lease = argument(1), argument(2), tonumber(argument(3))

        if RESENT then
            for _, id in ipairs(call('ZRANGE', RUNNING, 0, -1)) do
                if call('HGET', job(id), 'claim') == claim then return call('HGETALL', job(id)) end
            end
        end

        -- The first job that may still be started; those whose deadline has passed are left to the sweep.
        local function first()
            local index = 0
            while true do
                local members = call('ZRANGE', WAITING, index, index + 63)
                if not members[1] then return nil end
                for _, member in ipairs(members) do
                    local id = string.sub(member, 18)
                    local its = call('HMGET', job(id), 'state', 'due')
                    if not its[1] then
                        call('ZREM', WAITING, member)  -- Somebody has deleted the job.
                    elseif not (its[2] and tonumber(its[2]) < NOW) then
                        return id
                    end
                end
                index = index + 64
            end
        end

        local id = first()
        if not id then
            heartbeat()
            return counter('notifications')
        end
        local key = job(id)
        local tag = call('HGET', key, 'tag')
        dequeue(id)
        call('HSET', COUNTERS, 'virtualTime', math.max(counter('virtualTime'), tag))
        call('ZREMRANGEBYSCORE', TAGS, '-inf', counter('virtualTime') - 1)
        call('HSET', key, 'state', 'running', 'worker', worker, 'claim', claim, 'started', NOW)
        call('HINCRBY', key, 'attempts', 1)
        call('ZADD', RUNNING, NOW + lease, id)
        heartbeat()
        return call('HGETALL', key)
        """)

    /// Renews leases. Arguments: worker, milliseconds of the lease, then ids and their progress (or empty).
    /// Reply: the ids whose lease is lost.
    static let renewLease = RedisScript(
        "renew lease",
        """
        local worker, lease = argument(1), tonumber(argument(2))
        local lost = {}
        for index = 3, #ARGV - 3, 2 do
            local id, progress = argument(index), argument(index + 1)
            local its = call('HMGET', job(id), 'state', 'worker')
            if its[1] == 'running' and its[2] == worker then
                -- First a write that takes no memory: a full Redis must not stop a renewal.
                call('ZREM', RUNNING, id)
                call('ZADD', RUNNING, NOW + lease, id)
                if progress ~= '' then call('HSET', job(id), 'progress', progress) end
            else
                table.insert(lost, id)
            end
        end
        return lost
        """)

    /// Returns a claimed job to the queue. Arguments: id, worker, attempt. The attempt does not count.
    static let release = RedisScript(
        "release",
        """
        local id, worker, attempt = argument(1), argument(2), argument(3)
        local key = job(id)
        local its = call('HMGET', key, 'state', 'worker', 'attempts')
        if its[1] ~= 'running' or its[2] ~= worker or its[3] ~= attempt then return 0 end
        requeue(id)
        call('HINCRBY', key, 'attempts', -1)
        return 1
        """)
}
