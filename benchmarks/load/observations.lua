-- Observations for wrk: each request is one row, or some, of series that take turns.
--
-- Arguments: rate (requests a second; 0 sends the next as soon as the last is answered), rows of a
-- request, path (with %s for the series; without it the body names them), first series, series,
-- rows so far.
-- Prints one JSON object: milliseconds, and the rows that were sent.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *found);
]]

local DAY, BEGIN = 86400, os.time({year = 1990, month = 1, day = 1, hour = 12})
-- Far from each other, so that series that follow are not neighbours in the database.
local STRIDE = 7919
local MONOTONIC = 1
local rate, rows, path, first, series, sent, due
local headers = {["Content-Type"] = "application/json"}
local moment = ffi.new("moment")

local function now()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function init(args)
  rate, rows, path = tonumber(args[1]), tonumber(args[2]), args[3]
  first, series, sent = tonumber(args[4]), tonumber(args[5]), tonumber(args[6])
end

local function next_row()
  local place = (sent * STRIDE) % series
  local day = os.date("!%Y-%m-%d", BEGIN + math.floor(sent / series) * DAY)
  sent = sent + 1
  return string.format("s%06d", first + place), day, 100 + 10 * math.sin(sent)
end

function request()
  local parts, target = {}, path
  for place = 1, rows do
    local name, day, y = next_row()
    if rows == 1 then
      target = string.format(path, name)
      parts[place] = string.format('{"ds":"%s","y":%.4f}', day, y)
    else
      parts[place] = string.format('{"unique_id":"%s","ds":"%s","y":%.4f}', name, day, y)
    end
  end
  local body = '{"observations":[' .. table.concat(parts, ",") .. "]}"
  return wrk.format("POST", target, headers, body)
end

-- Milliseconds until the next request is due, whatever became of those before it.
local function wait()
  local current = now()
  local planned = due or current
  due = planned + 1 / rate
  return math.max(0, (planned - current) * 1000)
end

function delay()
  return rate > 0 and wait() or 0
end

local function milliseconds(microseconds)
  return microseconds / 1000
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.4f, "p99": %.4f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6,
    milliseconds(latency:percentile(50)), milliseconds(latency:percentile(99)),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
