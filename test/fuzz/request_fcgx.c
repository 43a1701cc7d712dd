/* request_fcgx.c: stands in for libfcgi and record.c: one request out of memory, its answer into memory. */
#include "fuzz.h"
#include "record.h"
#include "request.h"

#include <fcgiapp.h>

int FCGX_Init(void) {
    return 0;
}

int FCGX_InitRequest(FCGX_Request *request, int sock, int flags) {
    (void)sock;
    (void)flags;
    memset(request, 0, sizeof *request);
    return 0;
}

int FCGX_Accept_r(FCGX_Request *request) {
    if (fake.taken)
        return -1;
    fake.taken = true;
    request->envp = fake.parameters;
    return 0;
}

int FCGX_GetStr(char *str, int n, FCGX_Stream *stream) {
    size_t left = fake.body.len - fake.body_read, part = n < 0 ? 0 : (size_t)n < left ? (size_t)n : left;
    (void)stream;
    if (part > 0)
        memcpy(str, fake.body.at + fake.body_read, part);
    fake.body_read += part;
    return (int)part;
}

int FCGX_PutStr(const char *str, int n, FCGX_Stream *stream) {
    (void)stream;
    HOLDS(n >= 0 && fake.taken && !fake.ended && !fake.cut);
    if (fake.client_gone)
        return -1;
    buf_append(&fake.sent, str, (size_t)n);
    return n;
}

int FCGX_FFlush(FCGX_Stream *stream) {
    (void)stream;
    return fake.client_gone ? -1 : 0;
}

bool record_send(int fd, int id, const char *data, size_t len) {
    (void)fd;
    (void)id;
    HOLDS(fake.taken && !fake.ended && !fake.cut);
    buf_append(&fake.sent, data, len);
    return true;
}

void FCGX_Free(FCGX_Request *request, int close) {
    (void)request;
    if (close != 0 && fake.taken && !fake.ended)
        fake.cut = true;
}

void FCGX_Finish_r(FCGX_Request *request) {
    (void)request;
    HOLDS(fake.taken && !fake.ended);
    fake.ended = true;
}

void FCGX_ShutdownPending(void) {
}
