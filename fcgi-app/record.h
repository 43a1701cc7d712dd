/*
 * record.h: FastCGI records of standard output, written straight from memory (FastCGI specification 1.0, section 3.3).
 * libfcgi copies an answer through a buffer of 8 KiB, with a system call and a wake-up of lighttpd for each.
 */
#ifndef RECORD_H
#define RECORD_H

#include "base.h"

/* Writes `data` to the connection `fd` of request `id`, in as few records as it takes. Everything written before
 * through libfcgi must have been flushed. False: the connection is broken. */
bool record_send(int fd, int id, const char *data, size_t len) MUST_USE;

#endif
