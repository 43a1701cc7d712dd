-- response.lua: looks at the head of every answer. Those of the workers carry X-Request-ID and pass. The others are
-- lighttpd's own: a request it could not read, a body too large, or no worker to give it to (contract 1.3).
local r = lighty.r
local status = r.req_item.http_status

-- A worker gives its answer a length unless it streams one above 1 MiB. One without a length that has ended already
-- (only then is resp_body.len known) and is smaller was cut before lighttpd sent its head: it must not look complete.
local cut = false
if r.resp_header["X-Request-ID"] then
    local len = r.resp_body.len
    cut = len and len <= 1048576 and (status == 200 or status == 201) and not r.resp_header["Content-Length"]
        and r.req_attr["request.method"] ~= "HEAD"
    if not cut then return 0 end
    status = 503
end

local id = r.resp_header["X-Request-ID"] or r.req_header["X-Request-ID"]
if not id or #id > 128 or not id:match("^[A-Za-z0-9._:/+=@-]+$") then
    local rand = lighty.c.rand
    id = string.format("%08x-%04x-4%03x-%04x-%04x%08x", rand() & 0xffffffff, rand() & 0xffff, rand() & 0xfff,
        (rand() & 0x3fff) | 0x8000, rand() & 0xffff, rand() & 0xffffffff)
end

local own = {
    [400] = '{"detail":"Bad Request"}',
    [411] = '{"detail":"Length Required"}',
    [414] = '{"detail":"URI Too Long"}',
    [431] = '{"detail":"Request Header Fields Too Large"}',
    [501] = '{"detail":"Not Implemented"}',
    [505] = '{"detail":"HTTP Version Not Supported"}',
}
local function named(name, message)
    return '{"detail":{"error":"' .. name .. '","message":"' .. message .. '","request_id":"' .. id .. '"}}'
end

r.resp_header["X-Request-ID"] = id
if status < 400 then return 0 end -- OPTIONS *
local body = own[status]
if status == 413 then
    body = named("PayloadTooLargeError", "The body is larger than this service takes")
elseif not body then
    status = 503
    body = named("ServiceUnavailableError", "No worker could answer; try again")
    r.resp_header["Retry-After"] = "1"
end
r.resp_header["Content-Type"] = "application/json"
r.resp_body.set(body)
return status
