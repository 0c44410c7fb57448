extension RedisScript {
    /// Ends a claim. Arguments: id, worker, attempt, final state, milliseconds to keep it, bytes of the result, then more fields
    /// and their values. Answer: 1, or 0 when the claim was lost.
    static let finish = RedisScript(
        "finish",
        """
        local id, worker, attempt = argument(1), argument(2), argument(3)
        local state, life, size = argument(4), argument(5), tonumber(argument(6))
        local key = job(id)
        local its = call('HMGET', key, 'state', 'worker', 'attempts', 'ended')
        if its[2] ~= worker or its[3] ~= attempt then return 0 end
        if RESENT and its[4] == 'finish' then return 1 end
        if its[1] ~= 'running' then return 0 end
        conclude(id, state, life)
        call('HSET', key, 'ended', 'finish')
        for index = 7, #ARGV - 3, 2 do call('HSET', key, argument(index), argument(index + 1)) end
        if state == 'done' then
            call('ZADD', RESULTS, NOW, id)
            call('HSET', SIZES, id, size)
            call('HINCRBY', COUNTERS, 'results', size)
        end
        return 1
        """)

    /// Stops a job. Arguments: id, milliseconds to keep it. Answer: its status after that; nothing when there is no such job.
    static let cancel = RedisScript(
        "cancel",
        """
        local id, life = argument(1), argument(2)
        local state = call('HGET', job(id), 'state')
        if state == 'queued' then leave(id) end
        if state == 'queued' or state == 'running' then
            conclude(id, 'cancelled', life)
            tell()
        end
        return describe(id)
        """)

    /// What can be said of jobs. Arguments: ids. Answer: for each a list, or nothing.
    static let status = RedisScript(
        "status",
        """
        local all = {}
        for index = 1, #ARGV - 3 do all[index] = describe(argument(index)) end
        return all
        """)
}
