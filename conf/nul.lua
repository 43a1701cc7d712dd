-- nul.lua: 400 for a request whose path or query holds a raw NUL. Paths with %00 come here too, and go on to a worker.
if lighty.r.req_attr["request.orig-uri"]:find("\0", 1, true) then return 400 end
