extension RedisScript {
    /// Takes a job in. Arguments: id, client, idempotency key (a key of Redis without the prefix, or empty), fingerprint, bytes
    /// of the picture, most jobs, most bytes, milliseconds to the deadline (or empty), then the job's fields and their values.
    /// Answer: `added` and the position, `existing` and an id, or what is in the way.
    ///
    /// Clients take turns: a client's job comes one turn after its job before, and not before the turn that is on. A client that
    /// had nothing here comes an eighth of a turn after the one that is on: before the next jobs of those who have been served,
    /// yet a stream of ever new clients can't keep them waiting, as each of those moves the time on.
    static let add = RedisScript(
        "add",
        """
        local id, client, word, print = argument(1), argument(2), argument(3), argument(4)
        local bytes, mostJobs, mostBytes, left = tonumber(argument(5)), tonumber(argument(6)), tonumber(argument(7)), argument(8)
        local key = job(id)
        if call('EXISTS', key) == 1 then
            if not RESENT then return {'existing', id} end
            local rank = call('ZRANK', WAITING, call('HGET', key, 'place'))
            return {'added', (rank or 0) + 1}
        end
        if word ~= '' then
            local known = call('HMGET', P .. word, 'job', 'print')
            if known[1] and call('EXISTS', job(known[1])) == 1 then
                if known[2] ~= print then return {'reused'} end
                return {'existing', known[1]}
            end
        end
        if call('ZCARD', WAITING) >= mostJobs then return {'jobs'} end
        if counter('bytes') + bytes > mostBytes then return {'bytes'} end

        if call('EXISTS', JOBS) == 0 then
            call('XGROUP', 'CREATE', JOBS, 'workers', '0', 'MKSTREAM')
            call('HDEL', COUNTERS, 'added')
        end
        local place = string.format('%016x:%s', call('HINCRBY', COUNTERS, 'places', 1), id)
        local turn = counter('turn') + 0.125
        local last = call('ZSCORE', TURNS, client)
        if last then turn = math.max(turn, last + 1) end
        call('ZADD', TURNS, turn, client)
        local entry = call('XADD', JOBS, '*', 'job', id)
        call('HINCRBY', COUNTERS, 'added', 1)
        for index = 9, #ARGV - 3, 2 do call('HSET', key, argument(index), argument(index + 1)) end
        call('HSET', key, 'client', client, 'bytes', bytes, 'state', 'queued', 'attempts', 0)
        call('HSET', key, 'place', place, 'turn', turn, 'entry', entry)
        if left ~= '' then call('HSET', key, 'due', NOW + left) end
        if word ~= '' then
            call('HSET', key, 'key', P .. word)
            call('HSET', P .. word, 'job', id, 'print', print)
            call('PERSIST', P .. word)
        end
        enter(id)
        tell()
        ring()
        return {'added', call('ZRANK', WAITING, place) + 1}
        """)
}
