-- Whose turn it is to ask: of all replicas one, while the others wait for what it finds.
--
-- KEYS[1]  the answer   KEYS[2] the lock of whoever asks
-- ARGV[1]  whoever calls   ARGV[2] how long the lock holds (ms)   ARGV[3] how long an answer is kept past its time (ms)
-- Answers  2 and the answer: it is good. 1 and the answer past its time, if there is one: the caller is to ask.
--          0 and the same: somebody asks.

local answer = redis.call('GET', KEYS[1])
if answer and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[3]) then
  return {2, answer}
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return {1, answer}
end
return {0, answer}
