// Every way a call can fail; the text of each is one sentence for people.
export class SessionBackendError extends Error {
    status;
    requestId;
    /** An earlier attempt of this call may have been carried out. */
    unsure = false;
    /** `status` is the HTTP status, undefined when there was no answer. */
    constructor(sentence, status, requestId, options) {
        super(sentence, options);
        this.status = status;
        this.requestId = requestId;
        this.name = new.target.name;
    }
}
/** The request is not one the service takes (400, 413, 415, 422), or could not even be written down. */
export class BadRequestError extends SessionBackendError {
}
/** No token, or one the service does not know (401). */
export class UnauthorizedError extends SessionBackendError {
}
/** The token may not do this (403). */
export class ForbiddenError extends SessionBackendError {
}
/** The session, agent, message or key is not there (404). */
export class NotFoundError extends SessionBackendError {
}
/** The id exists already (409). */
export class ConflictError extends SessionBackendError {
}
/** Somebody else changed it since (412). */
export class PreconditionFailedError extends SessionBackendError {
}
/** It is still what the caller has (304, to `ifNoneMatch`). */
export class NotModifiedError extends SessionBackendError {
}
/** No answer, or 503, after every attempt: trying again later may help. */
export class UnavailableError extends SessionBackendError {
}
/** Something answered, but no Session Backend: the base URL is likely wrong. */
export class NotOurServerError extends SessionBackendError {
}
const byStatus = {
    304: NotModifiedError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
};
const why = {
    401: 'the token is missing or not known',
    403: 'the token may not do this',
    405: 'the address is that of something else: is the base URL right?',
    502: 'nobody answered behind it',
    503: 'not available',
    504: 'nobody answered behind it',
};
/** The error for an answer; `body` is the decoded JSON, undefined when the answer held none. */
export function errorOf(status, body, place, requestId) {
    const detail = isObject(body) ? body['detail'] : undefined;
    let sentence;
    if (isObject(detail) && typeof detail['message'] === 'string') {
        sentence = detail['message'];
    }
    else if (Array.isArray(detail)) {
        sentence = detail.map(fault).join('; ') || `${place} refused the request (${status})`;
    }
    else if (status === 404) {
        return new NotOurServerError(`${place} knows no such path (404): is the base URL right?`, status, requestId);
    }
    else if (status === 304) {
        sentence = 'not modified';
    }
    else if (body === undefined && why[status] === undefined) {
        return notOurs(place, status, requestId);
    }
    else {
        sentence = `${place} answered ${status}: ${why[status] ?? (typeof detail === 'string' ? detail : 'no reason given')}`;
    }
    const kind = byStatus[status] ?? (status >= 400 && status < 500 ? BadRequestError : SessionBackendError);
    return new kind(sentence, status, requestId);
}
export function notOurs(place, status, requestId) {
    const sentence = `${place} answered ${status} with something that no Session Backend sends: is the base URL right?`;
    return new NotOurServerError(sentence, status, requestId);
}
export function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** One entry of a 422: `body.message_id: Field required`. */
function fault(entry) {
    if (!isObject(entry))
        return String(entry);
    const where = Array.isArray(entry['loc']) ? entry['loc'].join('.') : '';
    return `${where}: ${String(entry['msg'] ?? entry['type'] ?? 'wrong')}`;
}
