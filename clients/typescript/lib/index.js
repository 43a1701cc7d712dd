// Keeps the snapshots of Strands agents in a Session Backend: see the README.
export { SessionBackendStorage } from './storage.js';
export { SessionBackendClient } from './client.js';
export { BadRequestError, ConflictError, ForbiddenError, NotFoundError, NotModifiedError, NotOurServerError, PreconditionFailedError, SessionBackendError, UnauthorizedError, UnavailableError, } from './errors.js';
