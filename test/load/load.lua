-- load.lua: what wrk sends. One line of JSON at the end says how it went. By environment:
--   LOAD_METHOD, LOAD_PATH, LOAD_BODY (a file), LOAD_HEADERS ("Name: value" lines), LOAD_START (a number)
-- In path and body {n} is a number that grows from LOAD_START, {own} one of 1 to 16 in turn.
-- LOAD_CONDITIONAL=1 (a thread a connection, please): {own} is the thread's number, and each request carries in If-Match
-- the tag of the answer before; with 0 it does not, and has the same work on this side.

local method = os.getenv("LOAD_METHOD") or "GET"
local path = os.getenv("LOAD_PATH") or "/"
local start = tonumber(os.getenv("LOAD_START") or "0")
local conditional = os.getenv("LOAD_CONDITIONAL")
local headers, body = {}, nil
local count, whole, tag = 0, nil, nil
local threads = 0
local constant -- every request is the same

for name, value in (os.getenv("LOAD_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]*)") do headers[name] = value end
if os.getenv("LOAD_BODY") then
    local file = assert(io.open(os.getenv("LOAD_BODY"), "rb"))
    body = file:read("*a")
    file:close()
    headers["Content-Type"] = "application/json"
end

local variable = path .. (body or "")
constant = not conditional and not variable:find("{n}", 1, true) and not variable:find("{own}", 1, true)

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

local function fill(text, own)
    return (text:gsub("{n}", tostring(start + count)):gsub("{own}", tostring(own)))
end

function request()
    if whole then return whole end
    count = count + 1
    local own = conditional and number or (count % 16 + 1)
    if conditional == "1" then headers["If-Match"] = tag end
    local text = wrk.format(method, fill(path, own), headers, body and fill(body, own))
    if constant then whole = text end
    return text
end

if conditional then
    function response(status, answered)
        tag = answered["ETag"] or answered["Etag"] or answered["etag"]
    end
end

function done(summary, latency)
    io.write(string.format('\n{"requests":%d,"micros":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
