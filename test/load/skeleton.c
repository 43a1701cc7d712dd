/*
 * skeleton.c: what the service is measured against: FastCGI and libpq, and nothing between them. No routing, no
 * validation, no JSON of its own: it executes one prepared statement with fixed parameters and sends the columns of its
 * rows as they came; without a statement, an answer that was recorded from the service.
 *
 *   spawn-fcgi -n -s SOCKET -- skeleton PROCESSES ANSWER [STATEMENT [PARAMETER...]]
 *
 * ANSWER is a file: CGI headers, an empty line, the body. STATEMENT is a file; without it there is no database, and the
 * body is sent as it is.
 * A PARAMETER is text, or @null, or @count (a number not used before), or @random (64 bits), or @own (the process, from
 * 1).
 */
#include <errno.h>
#include <fcgiapp.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARAMETERS_MAX 32
#define NUMBER_TEXT 24
#define NUMBERS_A_PROCESS 10000000

struct answer {
    char *head; /* up to the empty line */
    int head_len;
    char *body;
    int body_len;
};

struct parameters {
    const char *given[PARAMETERS_MAX];
    const char *values[PARAMETERS_MAX];
    char numbers[PARAMETERS_MAX][NUMBER_TEXT];
    int count;
    uint64_t next;
    int own;
};

static _Noreturn void die(const char *what, const char *why) {
    (void)fprintf(stderr, "skeleton: %s: %s\n", what, why);
    exit(1);
}

static char *read_file(const char *name, size_t *len) {
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        die(name, strerror(errno));
    }
    long size = ftell(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(text, 1, (size_t)size, file) != (size_t)size) {
        die(name, "cannot be read");
    }
    (void)fclose(file);
    text[size] = '\0';
    *len = (size_t)size;
    return text;
}

static struct answer read_answer(const char *name) {
    size_t len;
    char *text = read_file(name, &len);
    char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) {
        die(name, "has no empty line");
    }
    char *body = end + 4;
    return (struct answer){text, (int)(end + 2 - text), body, (int)(len - (size_t)(body - text))};
}

/* The listening socket as the service has it: accept comes back once a second, so that TERM is seen. */
static void prepare_socket(void) {
    const struct timeval second = {.tv_sec = 1};
    if (setsockopt(0, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) != 0) {
        die("descriptor 0", strerror(errno));
    }
}

static PGconn *prepare_statement(const char *file) {
    size_t len;
    char *statement = read_file(file, &len);
    PGconn *connection = PQconnectdb(getenv("DATABASE_URL"));
    if (PQstatus(connection) != CONNECTION_OK) {
        die("database", PQerrorMessage(connection));
    }
    PGresult *result = PQprepare(connection, "s", statement, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        die(file, PQerrorMessage(connection));
    }
    PQclear(result);
    free(statement);
    return connection;
}

static void fill(struct parameters *parameters) {
    for (int i = 0; i < parameters->count; i++) {
        const char *given = parameters->given[i];
        parameters->values[i] = given;
        if (strcmp(given, "@null") == 0) {
            parameters->values[i] = NULL;
        } else if (strcmp(given, "@own") == 0) {
            (void)snprintf(parameters->numbers[i], NUMBER_TEXT, "%d", parameters->own);
            parameters->values[i] = parameters->numbers[i];
        } else if (strcmp(given, "@count") == 0 || strcmp(given, "@random") == 0) {
            /* Odd multiples of consecutive numbers are all different: as good as random for a tag. */
            uint64_t number = parameters->next++;
            int64_t value = given[1] == 'c' ? (int64_t)number : (int64_t)(number * UINT64_C(0x9E3779B97F4A7C15));
            (void)snprintf(parameters->numbers[i], NUMBER_TEXT, "%" PRId64, value);
            parameters->values[i] = parameters->numbers[i];
        }
    }
}

/* NULL, and a line on stderr, when there was no row. */
static PGresult *execute(PGconn *connection, struct parameters *parameters) {
    fill(parameters);
    PGresult *result = PQexecPrepared(connection, "s", parameters->count, parameters->values, NULL, NULL, 1);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0) {
        return result;
    }
    (void)fprintf(stderr, "skeleton: %s\n", PQerrorMessage(connection));
    PQclear(result);
    return NULL;
}

static void send_head(FCGX_Request *request, const struct answer *answer, uint64_t number, int length) {
    FCGX_FPrintF(request->out, "X-Request-ID: 00000000-0000-4000-8000-%012x\r\n", (unsigned)number);
    FCGX_PutStr(answer->head, answer->head_len, request->out);
    FCGX_FPrintF(request->out, "Content-Length: %d\r\n\r\n", length);
}

static void send_rows(FCGX_Request *request, const struct answer *answer, const PGresult *result, uint64_t number) {
    int length = 0;
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            length += PQgetlength(result, row, column);
        }
    }
    send_head(request, answer, number, length);
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            FCGX_PutStr(PQgetvalue(result, row, column), PQgetlength(result, row, column), request->out);
        }
    }
}

static void respond(FCGX_Request *request, const struct answer *answer, PGconn *connection,
                    struct parameters *parameters) {
    char body[65536];
    while (FCGX_GetStr(body, sizeof body, request->in) > 0) {
    }
    if (connection == NULL) {
        send_head(request, answer, parameters->next, answer->body_len);
        FCGX_PutStr(answer->body, answer->body_len, request->out);
        return;
    }
    PGresult *result = execute(connection, parameters);
    if (result == NULL) {
        FCGX_FPrintF(request->out, "Status: 500\r\nX-Request-ID: skeleton\r\n\r\n");
        return;
    }
    send_rows(request, answer, result, parameters->next);
    PQclear(result);
}

static _Noreturn void work(const struct answer *answer, const char *statement, struct parameters *parameters) {
    PGconn *connection = statement == NULL ? NULL : prepare_statement(statement);
    FCGX_Request request;
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        die("FastCGI", "cannot be set up");
    }
    while (true) {
        if (FCGX_Accept_r(&request) < 0) {
            continue; /* nothing came for a second */
        }
        respond(&request, answer, connection, parameters);
        FCGX_Finish_r(&request);
    }
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4 + PARAMETERS_MAX) {
        die("usage", "skeleton PROCESSES ANSWER [STATEMENT [PARAMETER...]]");
    }
    struct answer answer = read_answer(argv[2]);
    struct parameters parameters = {.count = argc > 4 ? argc - 4 : 0};
    for (int i = 0; i < parameters.count; i++) {
        parameters.given[i] = argv[4 + i];
    }
    prepare_socket();
    pid_t parent = getpid();
    for (int i = 0; i < atoi(argv[1]); i++) {
        pid_t child = fork();
        if (child == 0) {
            if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
                die("parent", "is gone");
            }
            parameters.own = i + 1;
            parameters.next = (uint64_t)(i + 1) * NUMBERS_A_PROCESS;
            work(&answer, argc > 3 ? argv[3] : NULL, &parameters);
        } else if (child < 0) {
            die("fork", strerror(errno));
        }
    }
    (void)wait(NULL); /* none ends by itself, so something is wrong */
    return 1;
}
