-- The allowances of one request: taken together or not at all, looked at, or given back. Time is this server's.
--
-- KEYS     a cell for each allowance. It holds the moment at which the allowance is full again (GCRA), in microseconds.
-- ARGV[1]  `take`, `look` or `give_back`
-- ARGV[2…] four for each cell: the time after which one unit is back (microseconds), units at once, units that the
--          replica let through while it could not ask, and what it last knew of the cell, for one that was lost.
-- Answers  the number of the last cell that refuses or 0, the time, and for each cell when it is full again.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local what = ARGV[1]
local held = redis.call('MGET', unpack(KEYS))
local answer = {0, now}

if what == 'give_back' then
  for i, key in ipairs(KEYS) do
    if held[i] then
      -- The name stays as long as it was to: a cell that is missing has been lost, or is full.
      local units = 1 - ARGV[i * 4]
      redis.call('SET', key, string.format('%.0f', held[i] - units * ARGV[i * 4 - 2]), 'KEEPTTL')
    end
  end
  return answer
end

local owing = {}
for i = 1, #KEYS do
  local unit, burst = tonumber(ARGV[i * 4 - 2]), tonumber(ARGV[i * 4 - 1])
  local owed, known = tonumber(ARGV[i * 4]), tonumber(ARGV[i * 4 + 1])
  local full_at = math.max(tonumber(held[i] or known), now) + owed * unit
  -- Not later than with nothing left: a clock may have been set back, or the rate may have changed.
  full_at = math.min(full_at, now + burst * unit)
  if full_at + unit > now + burst * unit then
    answer[1] = i
  end
  owing[i] = owed > 0
  answer[i + 2] = full_at
end

local takes = what == 'take' and answer[1] == 0
for i, key in ipairs(KEYS) do
  if takes then
    answer[i + 2] = answer[i + 2] + ARGV[i * 4 - 2]
  end
  if takes or owing[i] then
    local full_at = answer[i + 2]
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1000)
  end
end
return answer
