-- One request from the environment; `{n}` in the body becomes a number of four digits. Prints `name=value` lines.
local body = os.getenv("BENCH_BODY")

for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]+)") do
    wrk.headers[name] = value
end

if body then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = body
    if body:find("{n}", 1, true) then
        local requests, last = {}, 0
        function request()
            last = last % 64 + 1
            requests[last] = requests[last] or wrk.format(nil, nil, nil, (body:gsub("{n}", ("%04d"):format(last))))
            return requests[last]
        end
    end
end

function done(summary, latency)
    local e = summary.errors
    print("requests=" .. summary.requests)
    print("errors=" .. e.connect + e.read + e.write + e.timeout + e.status)
    print("seconds=" .. summary.duration / 1e6)
    print("p50_ms=" .. latency:percentile(50) / 1e3)
    print("p99_ms=" .. latency:percentile(99) / 1e3)
end
