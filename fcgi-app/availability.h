/*
 * availability.h: what is known of the database, in memory shared by all processes. Written by the prober and by what
 * workers live through; read before every request, so that nobody waits for a database known to be away.
 */
#ifndef AVAILABILITY_H
#define AVAILABILITY_H

#include "base.h"

enum availability { AVAILABILITY_UNKNOWN, AVAILABILITY_UP, AVAILABILITY_READ_ONLY, AVAILABILITY_AWAY, AVAILABILITY_HANGING };

enum availability availability_get(void);

/* May this request try the database? Always when it is up or unknown; else for one request a second over the pool. */
bool availability_may_try(void) MUST_USE;

/* A worker's own experience. Two time-outs in a row without a success between them (over the pool) mean HANGING. */
void availability_succeeded(bool writable);
void availability_timed_out(void);
void availability_lost(void); /* a connection could not be made */
void availability_read_only(void);

/* Numeric addresses of the configured hosts, resolved by the prober, as libpq's hostaddr wants them (a list with
 * commas, in the order of the hosts). False when nothing was resolved or hosts are sockets: leave hostaddr out. */
bool availability_addresses(char *out, size_t size) MUST_USE;

#endif
