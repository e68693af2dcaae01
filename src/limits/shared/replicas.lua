-- The replicas that were seen in the last minute.
--
-- KEYS[1]  a sorted set: a replica's name, by when it was last seen (seconds).
-- ARGV[1]  `here` or `leaving`, ARGV[2] the replica's name, ARGV[3] seconds after which one is forgotten.
-- Answers  how many there are.

local now = redis.call('TIME')[1]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
if ARGV[1] == 'here' then
  redis.call('ZADD', KEYS[1], now, ARGV[2])
else
  redis.call('ZREM', KEYS[1], ARGV[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('ZCARD', KEYS[1])
