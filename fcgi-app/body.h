/*
 * body.h: JSON bodies (contract 1.2, 1.3). A table of fields says what a body may hold and where in a struct it goes;
 * all faults of a body are found at once. Opaque members are spans into the body: the client's own bytes.
 * Jansson decodes the envelope's own texts only.
 */
#ifndef BODY_H
#define BODY_H

#include "call.h"

enum body_kind {
    BODY_ID,           /* struct span: an identifier of contract 1.5, decoded */
    BODY_SESSION_TYPE, /* nothing: "AGENT" is the only value */
    BODY_TIME,         /* struct sent_time: a string or null */
    BODY_ANY_TIME,     /* struct sent_time: what is no string is ignored */
    BODY_TEXT,         /* nothing: a string or null, not used */
    BODY_OBJECT,       /* struct span */
    BODY_MESSAGE,      /* struct span: an object with role and content */
    BODY_MESSAGE_ID,   /* int32_t */
};

enum body_presence {
    BODY_REQUIRED, /* absent is `missing`, null is of the wrong type */
    BODY_OPTIONAL, /* may be absent, null is of the wrong type */
    BODY_NULLABLE, /* null is as good as absent */
};

struct body_field {
    const char *name;
    const char *other; /* a second name, whose value counts where this one's is absent or null; or NULL */
    enum body_kind kind;
    enum body_presence presence;
    size_t at; /* offsetof the struct's member; unused for kinds that put nothing out */
};

#define BODY_FIELDS_MAX 8

/* Reads the request's body and judges it up to being JSON. False when there is a fault (or the answer has been given
 * up: call_judged says so); else *value is the trimmed document. */
bool body_read(struct call *call, struct span *value) MUST_USE;

/* Judges an object by a table. `loc` is where it stands, as faults_add wants it ("\"body\"" or "\"body\",3"). What is
 * absent leaves `into` as it was. */
void body_object(struct call *call, struct span value, const char *loc, const struct body_field *fields, size_t count,
                 void *into);

/* Both: for bodies that are one object. */
void body_fields(struct call *call, const struct body_field *fields, size_t count, void *into);

/* A JSON string (trimmed, with quotes) as UTF-8 in the request's memory; absent when it holds a lone surrogate. */
struct span body_text(struct call *call, struct span string);

/* A message_id. False: a fault was added. */
bool body_message_id(struct call *call, struct span value, const char *loc, int32_t *id);

#endif
