-- The growing wait of failed logins, counted for a name at a place, for an address, and for a name everywhere.
--
-- KEYS 1-3  a hash for each of the three: `failures`, and `last`, when the last one was (microseconds).
-- KEYS 4    is there if the name has logged in from the place: then the third does not hold.
-- ARGV[1]   `begin`: counts a failure with each, unless one has to wait. ARGV[2] seconds after which failures are
--           forgotten, then for each how many cost nothing and the longest wait in seconds. Answers the wait in
--           microseconds, or 0.
--           `succeeded`: ARGV[2] seconds for which the place stays known.
--           `undecided`: takes the failure back.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function failures(key)
  return tonumber(redis.call('HGET', key, 'failures') or 0)
end

local function take_back(key, many)
  local left = failures(key) - many
  if left > 0 then
    redis.call('HSET', key, 'failures', left)
  else
    redis.call('DEL', key)
  end
end

if ARGV[1] == 'succeeded' then
  local mistyped = failures(KEYS[1])
  redis.call('DEL', KEYS[1])
  -- Only this name's: somebody with an account must not guess others' by logging in now and then.
  take_back(KEYS[2], mistyped)
  take_back(KEYS[3], mistyped)
  redis.call('SET', KEYS[4], 1, 'EX', ARGV[2])
  return 0
elseif ARGV[1] == 'undecided' then
  for i = 1, 3 do
    take_back(KEYS[i], 1)
  end
  return 0
end

local known = redis.call('EXISTS', KEYS[4]) == 1
local longest = 0
for i = 1, 3 do
  local free, most = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  local more = failures(KEYS[i]) - free
  if more > 0 and not (i == 3 and known) then
    local wait = math.min(2 ^ math.min(more - 1, 32), most) * 1000000
    local last = tonumber(redis.call('HGET', KEYS[i], 'last') or 0)
    longest = math.max(longest, math.min(last + wait - now, wait))
  end
end
if longest > 0 then
  return longest
end
for i = 1, 3 do
  redis.call('HINCRBY', KEYS[i], 'failures', 1)
  redis.call('HSET', KEYS[i], 'last', string.format('%.0f', now))
  redis.call('EXPIRE', KEYS[i], ARGV[2])
end
return 0
