extension RedisScript {
    /// Accepts a job. Arguments: id, client, idempotency key (a Redis key without the prefix, or empty), fingerprint, bytes of the
    /// image, most jobs, most bytes, milliseconds to the deadline (or empty), then the job's fields and their values.
    /// Reply: `added` and the position; `existing` and an id; or `reused`, `jobs` or `bytes`.
    ///
    /// Start-time fair queueing: a client's job gets a start tag one behind the client's last one, and never before the virtual time,
    /// which is the tag of the job that was started last. A new client's job gets a tag an eighth behind the virtual time: before the
    /// next jobs of the clients that have been served, and yet a stream of ever new clients cannot keep those waiting, since each of
    /// them moves the virtual time on.
    static let add = RedisScript(
        "add",
        """
        local id, client, idempotency, fingerprint = argument(1), argument(2), argument(3), argument(4)
        local bytes, mostJobs, mostBytes, left = tonumber(argument(5)), tonumber(argument(6)), tonumber(argument(7)), argument(8)
        local key = job(id)
        if call('EXISTS', key) == 1 then
            if not RESENT then return {'existing', id} end
            local rank = call('ZRANK', WAITING, call('HGET', key, 'member'))
            return {'added', (rank or 0) + 1}
        end
        if idempotency ~= '' then
            local known = call('HMGET', P .. idempotency, 'job', 'fingerprint')
            if known[1] and call('EXISTS', job(known[1])) == 1 then
                if known[2] ~= fingerprint then return {'reused'} end
                return {'existing', known[1]}
            end
        end
        if call('ZCARD', WAITING) >= mostJobs then return {'jobs'} end
        if counter('bytes') + bytes > mostBytes then return {'bytes'} end

        -- Members of `waiting` with equal tags are ordered by text: the hexadecimal number keeps the order of arrival.
        local member = string.format('%016x:%s', call('HINCRBY', COUNTERS, 'submissions', 1), id)
        local tag = counter('virtualTime') + 0.125
        local last = call('ZSCORE', TAGS, client)
        if last then tag = math.max(tag, last + 1) end
        call('ZADD', TAGS, tag, client)
        for index = 9, #ARGV - 3, 2 do call('HSET', key, argument(index), argument(index + 1)) end
        call('HSET', key, 'client', client, 'bytes', bytes, 'state', 'queued', 'attempts', 0)
        call('HSET', key, 'member', member, 'tag', tag)
        if left ~= '' then call('HSET', key, 'due', NOW + left) end
        if idempotency ~= '' then
            call('HSET', key, 'key', P .. idempotency)
            call('HSET', P .. idempotency, 'job', id, 'fingerprint', fingerprint)
            call('PERSIST', P .. idempotency)
        end
        enqueue(id)
        notify()
        return {'added', call('ZRANK', WAITING, member) + 1}
        """)
}
