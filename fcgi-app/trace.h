/* trace.h: the traceparent header (W3C Trace Context, section 3.2). */
#ifndef TRACE_H
#define TRACE_H

#include "base.h"

/* The version, ids and flags of a well-formed header (55 bytes; what a later version adds is left out), else absent. */
struct span trace_parent(struct span header, bool *sampled);

#endif
