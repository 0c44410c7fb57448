/// A Lua script. Redis runs it as a whole or (where it cannot write) not at all, so no other client sees half of its steps.
struct RedisScript: Sendable, Hashable {
    /// Identifies the script.
    let name: String
    /// Its source.
    let text: String

    init(_ name: String, _ body: String) {
        self.name = name
        text = Self.common + body
    }

    static func == (one: RedisScript, other: RedisScript) -> Bool { one.name == other.name }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension RedisScript {
    /// The key whose name every script gets; the others are derived from it.
    static let queueKey = "waiting"

    /// The beginning of every script: the names of the keys, the time, and the steps that several scripts share.
    ///
    /// Keys, each behind the prefix `NAMESPACE:{NAMESPACE}:v2:` (the braces keep them on one node of a cluster, so that a script may
    /// derive the names of keys from what it reads in others):
    ///
    ///     job:ID         hash: a job; its image while it waits or runs, its result when it is done
    ///     waiting        sorted set: the queue, in the order in which jobs are claimed
    ///     running        sorted set: claimed jobs by the end of their lease
    ///     deadlines      sorted set: waiting jobs by the time after which they are not started
    ///     finished       sorted set: final jobs by their end; `results`: those with a picture; `sizes`: hash: its bytes
    ///     tags           sorted set: clients by the start tag of their last job; `clients`: hash: how many jobs of each wait
    ///     key:…          hash: the job of an idempotency key
    ///     processes      sorted set: processes on the queue by the time of their last call
    ///     notifications  stream: an entry for each time that there is something to claim; the last 16 are kept
    ///     counters       hash: the rest
    ///
    /// All times are milliseconds since 1970 by the clock of Redis, so the clocks of the machines need not agree; only a job's
    /// `submitted` and `deadline` come from the process that submitted it.
    ///
    /// Arguments: whether the script may have run already (its reply was lost), milliseconds to add to the time, the process's name;
    /// then those of the script.
    ///
    /// Where memory is short Redis refuses a script's first write, if that can take memory, and no later one: so scripts that make
    /// room begin with a write that takes none.
    static let common = """
        local WAITING = KEYS[1]
        local P = string.sub(WAITING, 1, -8)
        local RUNNING, DEADLINES = P .. 'running', P .. 'deadlines'
        local FINISHED, RESULTS, SIZES = P .. 'finished', P .. 'results', P .. 'sizes'
        local TAGS, CLIENTS, COUNTERS = P .. 'tags', P .. 'clients', P .. 'counters'
        local PROCESSES, NOTIFICATIONS = P .. 'processes', P .. 'notifications'
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

        -- Records that this process lives. Must not fail where Redis accepts no writes.
        local function heartbeat() redis.pcall('ZADD', PROCESSES, milliseconds(), ARGV[3]) end

        -- Wakes the processes that wait for a job.
        local function notify()
            call('XADD', NOTIFICATIONS, 'MAXLEN', '16', call('HINCRBY', COUNTERS, 'notifications', 1) .. '-0', 'n', '')
        end

        -- Removes a job from the queue.
        local function dequeue(id)
            local its = call('HMGET', job(id), 'member', 'client', 'bytes')
            call('ZREM', WAITING, its[1])
            call('ZREM', DEADLINES, id)
            call('HINCRBY', COUNTERS, 'bytes', 0 - its[3])
            if call('HINCRBY', CLIENTS, its[2], -1) <= 0 then
                -- The tags of a client's cancelled jobs are free again.
                call('HDEL', CLIENTS, its[2])
                local now, last = counter('virtualTime'), call('ZSCORE', TAGS, its[2])
                if last and tonumber(last) > now then call('ZADD', TAGS, now, its[2]) end
            end
        end

        -- Adds a job to the queue, under the start tag that it got when it was submitted.
        local function enqueue(id)
            local its = call('HMGET', job(id), 'member', 'tag', 'client', 'bytes', 'due')
            call('ZADD', WAITING, its[2], its[1])
            if its[5] then call('ZADD', DEADLINES, its[5], id) end
            call('HINCRBY', COUNTERS, 'bytes', its[4])
            call('HINCRBY', CLIENTS, its[3], 1)
        end

        -- Takes a job from its worker and puts it back into the queue.
        local function requeue(id)
            local key = job(id)
            call('ZREM', RUNNING, id)
            call('HDEL', key, 'worker', 'claim', 'progress', 'started')
            call('HSET', key, 'state', 'queued')
            enqueue(id)
            notify()
        end

        -- Ends a job that no longer waits. It is kept for `lifetime` milliseconds; Redis deletes it by itself when nobody sweeps.
        local function conclude(id, state, lifetime)
            local key = job(id)
            local idempotency = call('HGET', key, 'key')
            call('ZREM', RUNNING, id)
            call('HDEL', key, 'image', 'progress', 'claim')
            call('HSET', key, 'state', state, 'finished', NOW)
            call('ZADD', FINISHED, NOW, id)
            call('PEXPIRE', key, lifetime)
            if idempotency then call('PEXPIRE', idempotency, lifetime) end
        end

        -- The status of a job as a list; false when there is none.
        local function status(id)
            local its = call(
                'HMGET', job(id), 'state', 'submitted', 'started', 'finished', 'progress', 'failure', 'attempts', 'member')
            if not its[1] then return false end
            local rank = its[1] == 'queued' and call('ZRANK', WAITING, its[8])
            its[8] = rank and rank + 1
            return its
        end

        """
}
