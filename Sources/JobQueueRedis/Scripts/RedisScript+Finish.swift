extension RedisScript {
    /// Acknowledges a claim. Arguments: id, worker, attempt, final state, milliseconds to keep the job, bytes of the result, then
    /// more fields and their values. Reply: 1, or 0 when the lease is lost.
    static let finish = RedisScript(
        "finish",
        """
        local id, worker, attempt = argument(1), argument(2), argument(3)
        local state, lifetime, size = argument(4), argument(5), tonumber(argument(6))
        local key = job(id)
        local its = call('HMGET', key, 'state', 'worker', 'attempts', 'endedBy')
        if its[2] ~= worker or its[3] ~= attempt then return 0 end
        if RESENT and its[4] == 'finish' then return 1 end
        if its[1] ~= 'running' then return 0 end
        conclude(id, state, lifetime)
        call('HSET', key, 'endedBy', 'finish')
        for index = 7, #ARGV - 3, 2 do call('HSET', key, argument(index), argument(index + 1)) end
        if state == 'done' then
            call('ZADD', RESULTS, NOW, id)
            call('HSET', SIZES, id, size)
            call('HINCRBY', COUNTERS, 'results', size)
        end
        return 1
        """)

    /// Cancels a job. Arguments: id, milliseconds to keep it. Reply: its status after that; nothing when there is no such job.
    static let cancel = RedisScript(
        "cancel",
        """
        local id, lifetime = argument(1), argument(2)
        local state = call('HGET', job(id), 'state')
        if state == 'queued' then dequeue(id) end
        if state == 'queued' or state == 'running' then conclude(id, 'cancelled', lifetime) end
        return status(id)
        """)

    /// The status of jobs. Arguments: ids. Reply: for each a list, or nothing.
    static let status = RedisScript(
        "status",
        """
        local all = {}
        for index = 1, #ARGV - 3 do all[index] = status(argument(index)) end
        return all
        """)
}
