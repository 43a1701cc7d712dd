/*
 * keeper.h: the subcommands that run other programs. `lighttpd`: checks the settings, exports what conf/lighttpd.conf
 * names and keeps lighttpd. `serve`: the same and the pool under spawn-fcgi, for a container or a laptop. `drain`:
 * makes answers say Connection: close, and waits.
 *
 * The end: on TERM answers say Connection: close for DRAIN_SECONDS, so that clients move away; on INT at once, or when
 * that is over, lighttpd gets INT (its TERM would cut the requests in hand), and when it is gone the pool gets TERM.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "base.h"

struct settings;

/* Both run until a signal, or until one of the programs ends; the exit status is 0 only after a signal. */
int keeper_lighttpd(const struct settings *settings);
int keeper_serve(const struct settings *settings, const char *program);

int keeper_drain(const struct settings *settings);

#endif
