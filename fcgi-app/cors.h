/* cors.h: cross-origin requests (Fetch standard, section 3.3), only where CORS_ORIGINS is set, never with credentials.
 */
#ifndef CORS_H
#define CORS_H

#include "http.h"

/* Sets the headers that every answer to this origin carries. `origins`: the setting; NULL = off. */
void cors_apply(const char *origins, struct request *request);

/* If this is a preflight from an origin that may: sets its headers and returns true; 204 is left to the caller. */
bool cors_preflight(const char *origins, struct request *request, const char *allow) MUST_USE;

#endif
