export declare class SessionBackendError extends Error {
    readonly status?: number | undefined;
    readonly requestId?: string | undefined;
    /** An earlier attempt of this call may have been carried out. */
    unsure: boolean;
    /** `status` is the HTTP status, undefined when there was no answer. */
    constructor(sentence: string, status?: number | undefined, requestId?: string | undefined, options?: ErrorOptions);
}
/** The request is not one the service takes (400, 413, 415, 422), or could not even be written down. */
export declare class BadRequestError extends SessionBackendError {
}
/** No token, or one the service does not know (401). */
export declare class UnauthorizedError extends SessionBackendError {
}
/** The token may not do this (403). */
export declare class ForbiddenError extends SessionBackendError {
}
/** The session, agent, message or key is not there (404). */
export declare class NotFoundError extends SessionBackendError {
}
/** The id exists already (409). */
export declare class ConflictError extends SessionBackendError {
}
/** Somebody else changed it since (412). */
export declare class PreconditionFailedError extends SessionBackendError {
}
/** It is still what the caller has (304, to `ifNoneMatch`). */
export declare class NotModifiedError extends SessionBackendError {
}
/** No answer, or 503, after every attempt: trying again later may help. */
export declare class UnavailableError extends SessionBackendError {
}
/** Something answered, but no Session Backend: the base URL is likely wrong. */
export declare class NotOurServerError extends SessionBackendError {
}
/** The error for an answer; `body` is the decoded JSON, undefined when the answer held none. */
export declare function errorOf(status: number, body: unknown, place: string, requestId?: string): SessionBackendError;
export declare function notOurs(place: string, status: number, requestId?: string): NotOurServerError;
export declare function isObject(value: unknown): value is Record<string, unknown>;
