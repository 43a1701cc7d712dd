/*
 * api_docs.c: /openapi.json, and the two pages that show it. A page is whole in itself: renderer and description are
 * inside it, so that it needs no other address, and no internet.
 */
#include "api.h"
#include "call.h"
#include "openapi.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536
#define HTML "text/html; charset=utf-8"

struct docs_page {
    const char *title;
    const char *style;  /* file in DOCS_DIR, or NULL */
    const char *script; /* file in DOCS_DIR */
    const char *start;  /* what follows the description, in JavaScript */
};

static const struct docs_page SWAGGER = {
    "Session Backend: API",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "SwaggerUIBundle({spec: description, dom_id: '#page', deepLinking: true, validatorUrl: null});",
};

static const struct docs_page REDOC = {
    "Session Backend: API reference",
    NULL,
    "redoc.standalone.js",
    "Redoc.init(description, {disableSearch: false, hideDownloadButton: true}, document.getElementById('page'));",
};

/* Appends the file. False when it cannot be read. */
static bool append_file(struct buf *out, const char *directory, const char *name) {
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (len < 0 || (size_t)len >= sizeof path) {
        return false;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t got = -1;
    for (;;) {
        char *at = buf_room(out, READ_SIZE);
        got = at == NULL ? -1 : read(file, at, READ_SIZE);
        if (got > 0) {
            buf_grown(out, (size_t)got);
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    return close(file) == 0 && got == 0;
}

/* JSON inside of a script element: a '<' could end the element. */
static void append_description(struct buf *out) {
    struct span text = openapi_text();
    const char *at = text.at, *end = text.at + text.len;
    while (at < end) {
        const char *angle = memchr(at, '<', (size_t)(end - at));
        buf_append(out, at, (size_t)((angle == NULL ? end : angle) - at));
        if (angle == NULL) {
            break;
        }
        buf_text(out, "\\u003c");
        at = angle + 1;
    }
}

static void append_html(struct buf *out, struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        switch (text.at[i]) {
        case '<':
            buf_text(out, "&lt;");
            break;
        case '&':
            buf_text(out, "&amp;");
            break;
        default:
            buf_byte(out, text.at[i]);
            break;
        }
    }
}

static void begin(struct buf *out, const struct docs_page *page) {
    buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<title>");
    buf_text(out, page->title);
    buf_text(out, "</title>\n<style>body { margin: 0 }</style>\n");
}

static bool render(struct buf *out, const struct docs_page *page, const char *directory) {
    begin(out, page);
    if (page->style != NULL) {
        buf_text(out, "<style>");
        if (!append_file(out, directory, page->style)) {
            return false;
        }
        buf_text(out, "</style>\n");
    }
    buf_text(out, "</head>\n<body>\n<div id=\"page\"></div>\n<script>");
    if (!append_file(out, directory, page->script)) {
        return false;
    }
    buf_text(out, "</script>\n<script>\nconst description = ");
    append_description(out);
    buf_text(out, ";\n");
    buf_text(out, page->start);
    buf_text(out, "\n</script>\n</body>\n</html>\n");
    return true;
}

static void render_raw(struct buf *out, const struct docs_page *page) {
    begin(out, page);
    buf_text(out, "</head>\n<body style=\"margin: 1em\">\n<p>The files that make an interactive page of this "
                  "(Swagger UI, Redoc) were not there when this service was built or installed. This is the "
                  "description itself, as <a href=\"/openapi.json\">/openapi.json</a> has it.</p>\n<pre>");
    append_html(out, openapi_text());
    buf_text(out, "</pre>\n</body>\n</html>\n");
}

static void answer(struct call *call, const struct docs_page *page) {
    if (!call_judged(call)) {
        return;
    }
    struct buf *out = http_body(call->request);
    const char *directory = call->settings->docs_dir;
    if (directory == NULL || !render(out, page, directory)) {
        buf_clear(out);
        render_raw(out, page);
    }
    http_finish(call->request, HTML);
}

void api_docs(struct call *call) {
    answer(call, &SWAGGER);
}

void api_redoc(struct call *call) {
    answer(call, &REDOC);
}

void api_openapi(struct call *call) {
    if (call_judged(call)) {
        buf_span(http_body(call->request), openapi_text());
        call_json(call, 200);
    }
}
