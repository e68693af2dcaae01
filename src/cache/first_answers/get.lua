-- KEYS[1]  a value. Answers it, or nothing.

return redis.call('GET', KEYS[1])
