/* faults.c: entries of a 422 answer. */
#include "faults.h"

#include <string.h>

void faults_add(struct faults *faults, const char *type, const char *loc, const char *message) {
    faults->count++;
    if (faults->count > FAULTS_MAX) {
        return;
    }
    buf_text(&faults->json, faults->count > 1 ? ",{\"type\":\"" : "{\"type\":\"");
    buf_text(&faults->json, type);
    buf_text(&faults->json, "\",\"loc\":[");
    buf_text(&faults->json, loc);
    buf_text(&faults->json, "],\"msg\":");
    buf_json_string(&faults->json, (struct span){message, strlen(message)});
    buf_byte(&faults->json, '}');
}
