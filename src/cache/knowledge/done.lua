-- Whoever asked has an answer, or has none.
--
-- KEYS[1]  the answer   KEYS[2] the lock of whoever asks
-- ARGV[1]  whoever calls   ARGV[2] and ARGV[3] the answer and how long it is kept (ms), if there is one
--
-- The lock is given back by whoever has it and nobody else: it may have run out, and be another's by now.

if ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  return redis.call('DEL', KEYS[2])
end
return 0
