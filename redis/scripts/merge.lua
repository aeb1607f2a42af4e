-- Merges a batch of events into the users' records: status/merge.hpp in Lua.
--
-- KEYS       the users' keys
-- ARGV[1]    expire_interval, milliseconds
-- ARGV[2]    delete_guard, milliseconds
-- ARGV[2+i]  the event of KEYS[i], in the stored form
-- returns    {server time in microseconds, changed, unparsable, expired,
--            guarded, deleted}; the last five count users
--
-- Stored form: active online [D deleted] [: changed state], no spaces, times
-- 13 digits of milliseconds, zeros for unknown (docs/redis.md). Times stay
-- strings: of equal width, they compare like numbers.

local call, pcall = redis.call, redis.pcall
local sub, byte, match, format = string.sub, string.byte, string.match,
                                 string.format
local ZERO = '0000000000000'
local DELETED, CHANGED = 68, 58 -- 'D', ':'

local time = call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)
local expire, guard = tonumber(ARGV[1]), tonumber(ARGV[2])

local function stamp(ms)
  return ms < 0 and '' or format('%013.0f', ms)
end

local now = stamp(now_ms)
-- A time is that old when it is not greater.
local expired_at, guarded_at = stamp(now_ms - expire), stamp(now_ms - guard)

local changed, unparsable, expired, guarded, too_late = 0, 0, 0, 0, 0

-- What follows the two times of a longer value: deleted, changed and state;
-- nil when it is malformed.
local function tail(value)
  local deleted, set, state = ZERO, ZERO, ''
  local at, tag = 27, byte(value, 27)
  if tag == DELETED then
    if match(value, '^%d*()', 28) < 41 then
      return
    end
    deleted = sub(value, 28, 40)
    at, tag = 41, byte(value, 41)
  end
  if tag == CHANGED then
    if match(value, '^%d*()', at + 1) < at + 14 then
      return
    end
    set, state = sub(value, at + 1, at + 13), sub(value, at + 14)
  elseif tag then
    return
  end
  return deleted, set, state
end

-- Whether a > b as bytes; Lua's `>` follows the server's locale.
local function larger(a, b)
  for i = 1, #a do
    local x, y = byte(a, i), byte(b, i)
    if x ~= y then
      return y == nil or x > y
    end
  end
  return false
end

-- PXAT for a record whose newest time is `last`; a batch has few of them.
local ends = {}
local function ends_at(last)
  local at = ends[last]
  if not at then
    at = format('%.0f', last + expire)
    ends[last] = at
  end
  return at
end

local values = #KEYS > 0 and call('MGET', unpack(KEYS)) or {}
for i = 1, #KEYS do
  local event, value = ARGV[i + 2], values[i]
  local a, o, d, c, s = sub(event, 1, 13), sub(event, 14, 26), ZERO, ZERO, ''
  if a > now then a = now end
  if o > now then o = now end
  if #event > 26 then
    d, c, s = tail(event)
    if d > now then d = now end
    if c > now then c = now end
  end

  local late = false
  if a <= expired_at and a ~= ZERO then a, late = ZERO, true end
  if o <= expired_at and o ~= ZERO then o, late = ZERO, true end
  if c ~= ZERO and c <= expired_at then c, late = ZERO, true end
  if late then expired = expired + 1 end

  local active, online, deleted, set, state = ZERO, ZERO, ZERO, ZERO, ''
  local known = value and match(value, '^%d*()') == 27
  if known and #value > 26 then
    deleted, set, state = tail(value)
    known = deleted ~= nil
  end
  if known then
    active, online = sub(value, 1, 13), sub(value, 14, 26)
    if deleted ~= ZERO and (a ~= ZERO and a <= deleted
        or o ~= ZERO and o <= deleted or c ~= ZERO and c <= deleted) then
      too_late = too_late + 1
    end
  else
    if value then unparsable = unparsable + 1 end
    deleted, set, state, late = ZERO, ZERO, '', false
    if a <= guarded_at and a ~= ZERO then a, late = ZERO, true end
    if o <= guarded_at and o ~= ZERO then o, late = ZERO, true end
    if c ~= ZERO and c <= guarded_at then c, late = ZERO, true end
    if late then guarded = guarded + 1 end
  end

  local differs = d ~= ZERO and d > deleted
  if differs then deleted = d end
  if a > active and a > deleted then active, differs = a, true end
  if o > online and o > deleted then online, differs = o, true end
  if c ~= ZERO and c > deleted
      and (c > set or c == set and larger(s, state)) then
    set, state, differs = c, s, true
  end
  if deleted ~= ZERO then
    if active ~= ZERO and active <= deleted then
      active, differs = ZERO, true
    end
    if online ~= ZERO and online <= deleted then
      online, differs = ZERO, true
    end
    if set ~= ZERO and set <= deleted then
      set, state, differs = ZERO, '', true
    end
  end

  local written = false
  if differs then
    if deleted ~= ZERO and deleted <= guarded_at then deleted = ZERO end
    if set ~= ZERO and state == '' and set <= guarded_at then set = ZERO end
    local last = active
    if online > last then last = online end
    if set ~= ZERO and set > last then last = set end
    local at
    if last > expired_at and last ~= ZERO then
      at = ends_at(last)
    elseif last == ZERO and deleted ~= ZERO then
      at = format('%.0f', deleted + guard)
    end
    if at then
      written = true
      local new = active .. online
      if deleted ~= ZERO then new = new .. 'D' .. deleted end
      if set ~= ZERO then new = new .. ':' .. set .. state end
      if value then
        call('SET', KEYS[i], new, 'PXAT', at)
      else
        -- MGET shows a key of another type as none; SET with GET tells.
        local old = pcall('SET', KEYS[i], new, 'PXAT', at, 'GET')
        if old then
          if not string.find(old.err, 'WRONGTYPE', 1, true) then
            return old
          end
          unparsable = unparsable + 1
          call('SET', KEYS[i], new, 'PXAT', at)
        end
      end
    elseif known then
      written = true
      call('DEL', KEYS[i])
    end
  end
  if written then
    changed = changed + 1
  elseif not value and call('EXISTS', KEYS[i]) == 1 then
    unparsable = unparsable + 1
  end
end

return {now_us, changed, unparsable, expired, guarded, too_late}
