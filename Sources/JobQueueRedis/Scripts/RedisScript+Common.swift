extension RedisScript {
    /// What every script begins with: the names of the keys, the time, and the steps that several scripts share.
    ///
    /// Keys, each behind the prefix `NAMESPACE:{NAMESPACE}:` (the braces keep them on one node of a cluster, so that scripts may
    /// name keys by what they find in others):
    ///
    ///     jobs          stream: one entry a job that waits or runs; group `workers`: pending is what runs, lag what waits
    ///     job:ID        hash: all of a job; its picture while it waits or runs, its result when it is done
    ///     waiting       sorted set: the order in which waiting jobs are claimed
    ///     running       sorted set: claimed jobs by the time at which their worker counts as gone
    ///     deadlines     sorted set: waiting jobs by the time after which they are not started
    ///     finished      sorted set: final jobs by their end; `results`: those with a picture; `sizes`: its bytes
    ///     turns         sorted set: clients by the turn of their last job; `clients`: how many jobs of each wait
    ///     key:…         hash: the job of an idempotency key
    ///     workers       sorted set: processes on the queue by the time at which they were last heard
    ///     bell          stream: rings when there is something to claim
    ///     counters      hash: the rest
    ///
    /// Arguments: whether the script may have run already (its answer was lost), milliseconds to add to the time, the process's
    /// name; then those of the script.
    ///
    /// The time is that of Redis, so the machines' clocks need not agree. Where memory is short Redis refuses a script's first
    /// write, if that can take memory, and no later one: so scripts that make room begin with a write that takes none.
    static let common = """
        local JOBS = KEYS[1]
        local P = string.sub(JOBS, 1, -5)
        local WAITING, RUNNING, DEADLINES = P .. 'waiting', P .. 'running', P .. 'deadlines'
        local FINISHED, RESULTS, SIZES = P .. 'finished', P .. 'results', P .. 'sizes'
        local TURNS, CLIENTS, COUNTERS = P .. 'turns', P .. 'clients', P .. 'counters'
        local WORKERS, BELL = P .. 'workers', P .. 'bell'
        local RESENT = ARGV[1] == '1'
        local call = redis.call
        local function argument(index) return ARGV[index + 3] end
        local function job(id) return P .. 'job:' .. id end
        local function counter(name) return tonumber(call('HGET', COUNTERS, name) or '0') end

        local function milliseconds()
            local time = call('TIME')
            return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        local NOW = milliseconds() + ARGV[2]

        -- This process lives. Not worth an error where Redis takes no writes.
        local function heard() redis.pcall('ZADD', WORKERS, milliseconds(), ARGV[3]) end

        -- Wakes those who wait for a job.
        local function ring()
            call('XADD', BELL, 'MAXLEN', '16', call('HINCRBY', COUNTERS, 'rings', 1) .. '-0', 'r', '')
        end

        -- Makes the lag of the group `workers` what waits. Jobs are claimed in the order of turns, not in that of the stream, so
        -- Redis can't know it by itself; the place read up to is set beyond all entries, as the lag is unknown behind a removed
        -- one.
        local function tell()
            local read = counter('added') - call('ZCARD', WAITING)
            call('XGROUP', 'SETID', JOBS, 'workers', '9223372036854775807-0', 'ENTRIESREAD', math.max(0, read))
        end

        -- Takes a job out of the waiting ones.
        local function leave(id)
            local its = call('HMGET', job(id), 'place', 'client', 'bytes')
            call('ZREM', WAITING, its[1])
            call('ZREM', DEADLINES, id)
            call('HINCRBY', COUNTERS, 'bytes', 0 - its[3])
            if call('HINCRBY', CLIENTS, its[2], -1) <= 0 then
                -- A client that has given up its later jobs is not held to their turns.
                call('HDEL', CLIENTS, its[2])
                local turn, last = counter('turn'), call('ZSCORE', TURNS, its[2])
                if last and tonumber(last) > turn then call('ZADD', TURNS, turn, its[2]) end
            end
        end

        -- Puts a job among the waiting ones, at the place that it was given when it came.
        local function enter(id)
            local its = call('HMGET', job(id), 'place', 'turn', 'client', 'bytes', 'due')
            call('ZADD', WAITING, its[2], its[1])
            if its[5] then call('ZADD', DEADLINES, its[5], id) end
            call('HINCRBY', COUNTERS, 'bytes', its[4])
            call('HINCRBY', CLIENTS, its[3], 1)
        end

        -- Takes a job from its worker and puts it back.
        local function release(id)
            local key = job(id)
            call('ZREM', RUNNING, id)
            call('XACK', JOBS, 'workers', call('HGET', key, 'entry'))
            call('HDEL', key, 'worker', 'claim', 'progress', 'started')
            call('HSET', key, 'state', 'queued')
            enter(id)
            ring()
        end

        -- Ends a job that no longer waits. It is kept for `life` milliseconds; Redis lets it go by itself when nobody sweeps.
        local function conclude(id, state, life)
            local key = job(id)
            local its = call('HMGET', key, 'entry', 'key')
            call('ZREM', RUNNING, id)
            call('XACK', JOBS, 'workers', its[1])
            call('XDEL', JOBS, its[1])
            call('HDEL', key, 'image', 'progress', 'claim')
            call('HSET', key, 'state', state, 'finished', NOW)
            call('ZADD', FINISHED, NOW, id)
            call('PEXPIRE', key, life)
            if its[2] then call('PEXPIRE', its[2], life) end
        end

        -- What `status` says of a job; false when there is none.
        local function describe(id)
            local its = call(
                'HMGET', job(id), 'state', 'submitted', 'started', 'finished', 'progress', 'failure', 'attempts', 'place')
            if not its[1] then return false end
            local rank = its[1] == 'queued' and call('ZRANK', WAITING, its[8])
            its[8] = rank and rank + 1
            return its
        end

        """
}
