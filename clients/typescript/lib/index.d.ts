export { SessionBackendStorage } from './storage.js';
export type { StorageOptions } from './storage.js';
export { SessionBackendClient } from './client.js';
export type { ClientOptions } from './client.js';
export type { Agent, Message, MessageBody, MultiAgent, Restored, Session, Tagged } from './api.js';
export type { Page, StoredObject } from './read.js';
export type { JsonObject } from './wire.js';
export { BadRequestError, ConflictError, ForbiddenError, NotFoundError, NotModifiedError, NotOurServerError, PreconditionFailedError, SessionBackendError, UnauthorizedError, UnavailableError, } from './errors.js';
