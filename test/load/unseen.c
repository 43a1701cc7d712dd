/*
 * unseen.c: takes the place of what counts and logs requests, so that the bench can say what they cost. The program
 * linked with it (-Wl,--wrap) is the service otherwise; see rules.mk.
 */
#include "log.h"
#include "metrics.h"

void __wrap_log_request(const struct log_request *request);
void __wrap_metrics_count(const struct metrics_request *request);
void __wrap_metrics_busy(bool busy);

void __wrap_log_request(const struct log_request *request) {
    (void)request;
}

void __wrap_metrics_count(const struct metrics_request *request) {
    (void)request;
}

void __wrap_metrics_busy(bool busy) {
    (void)busy;
}
