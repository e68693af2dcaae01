-- Places for running streams. Each is a lease that its replica renews, so that those of a replica that is gone are free
-- again soon.
--
-- KEYS     for each holder a sorted set: a lease's name, by the moment at which it ends (microseconds).
-- ARGV[1]  `open`: takes a place with each holder or with none. ARGV[2] how long a lease is (microseconds), ARGV[3] its
--          name, then for each holder how many there may be. Answers the number of the last holder that is full, or 0.
--          `renew`: ARGV[2] as above, then the names of leases of the one holder, which are there afterwards.
--          `close`: ARGV[2…] names of leases of the one holder, which are gone afterwards.
--          `count`: answers how many there are of the one holder.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local what = ARGV[1]

if what == 'close' then
  redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
  return 0
elseif what == 'count' then
  return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
end

local ends = string.format('%.0f', now + ARGV[2])
local keep = math.ceil(ARGV[2] / 1000)
if what == 'renew' then
  for i = 3, #ARGV do
    redis.call('ZADD', KEYS[1], ends, ARGV[i])
  end
  redis.call('PEXPIRE', KEYS[1], keep)
  return 0
end

local full = 0
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 3]) then
    full = i
  end
end
if full == 0 then
  for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, ends, ARGV[3])
    redis.call('PEXPIRE', key, keep)
  end
end
return full
