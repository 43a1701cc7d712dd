// The Strands SDK's Storage over a Session Backend, for its SessionManager and whatever else stores bytes.
import { SessionBackendClient } from './client.js';
import { NotFoundError, PreconditionFailedError, SessionBackendError } from './errors.js';
const StorageError = await storageErrorOfSdk();
/** The mark by which the SDK knows a namespaced view. */
const namespaced = Symbol.for('strands.storage.namespaced');
/** Keeps bytes under keys: `new SessionManager({ sessionId, storage: new SessionBackendStorage(url) })`. */
export class SessionBackendStorage {
    client;
    prefix = '';
    /** By key; null: seen to be absent. */
    tags;
    constructor(baseUrl, options = {}) {
        try {
            this.client = new SessionBackendClient(baseUrl, options);
        }
        catch (error) {
            throw asStorageError(error);
        }
        this.tags = options.compareAndSet ? new Map() : undefined;
    }
    async write(key, data) {
        const full = this.fullKey(key);
        await translated(async () => {
            this.remember(full, await this.put(full, data));
        });
    }
    async read(key) {
        const full = this.fullKey(key);
        return translated(async () => {
            const found = await this.find(full);
            this.remember(full, found?.etag ?? null);
            return found?.data ?? null;
        });
    }
    async delete(key) {
        const full = this.fullKey(key);
        await translated(async () => {
            const seen = this.tags?.get(full);
            try {
                await this.client.deleteObject(full, seen === null ? { ifNoneMatch: '*' } : { ifMatch: seen });
            }
            catch (error) {
                if (!(error instanceof PreconditionFailedError))
                    throw error;
                if ((await this.find(full)) !== undefined)
                    throw overwritten(full, error);
            }
            this.remember(full, null);
        });
    }
    async list(prefix) {
        const whole = this.prefix + prefix.replace(/\/+/g, '/').replace(/^\//, '');
        const keys = await translated(() => this.client.listKeys({ prefix: whole === '' ? undefined : whole }));
        return keys.map((key) => key.slice(this.prefix.length));
    }
    /** A view in which every key begins with prefix; remembered ETags are shared. */
    namespace(prefix) {
        const clean = cleaned(prefix);
        if (clean.split('/').some((part) => part === '.' || part === '..')) {
            throw new StorageError(`the prefix '${prefix}' has a dot segment, which is not allowed`);
        }
        const view = Object.assign(Object.create(SessionBackendStorage.prototype), this);
        view.prefix = clean === '' ? this.prefix : `${this.prefix}${clean}/`;
        return Object.assign(view, { [namespaced]: true });
    }
    /** As the SDK's own stores do: runs of slashes are one, outer ones none. */
    fullKey(key) {
        const clean = cleaned(key);
        if (clean === '')
            throw new StorageError('a storage key must not be empty');
        return this.prefix + clean;
    }
    async put(key, data) {
        const seen = this.tags?.get(key);
        if (seen === undefined)
            return this.client.putObject(key, data);
        try {
            return await this.client.putObject(key, data, seen === null ? { ifNoneMatch: '*' } : { ifMatch: seen });
        }
        catch (error) {
            if (!(error instanceof PreconditionFailedError))
                throw error;
            // A write whose answer was lost meets its own result when it is repeated; that is no conflict.
            const found = error.unsure ? await this.find(key) : undefined;
            if (found !== undefined && sameBytes(found.data, data))
                return found.etag;
            throw overwritten(key, error);
        }
    }
    async find(key) {
        try {
            return await this.client.getObject(key);
        }
        catch (error) {
            if (error instanceof NotFoundError)
                return undefined;
            throw error;
        }
    }
    remember(key, tag) {
        this.tags?.set(key, tag);
    }
}
/**
 * The SDK's own class, so that `instanceof` holds. Where this package is a link out of the application's folder
 * the SDK cannot be found from here; a class of the same name has to do then.
 */
async function storageErrorOfSdk() {
    try {
        return (await import('@strands-agents/sdk')).StorageError;
    }
    catch {
        return class StorageError extends Error {
            name = 'StorageError';
        };
    }
}
function cleaned(key) {
    return key.split('/').filter(Boolean).join('/');
}
function sameBytes(one, other) {
    return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
function overwritten(key, cause) {
    const sentence = `another process wrote '${key}' meanwhile: read it again before writing`;
    return new SessionBackendError(sentence, 412, undefined, { cause });
}
async function translated(work) {
    try {
        return await work();
    }
    catch (error) {
        throw asStorageError(error);
    }
}
function asStorageError(error) {
    return error instanceof SessionBackendError ? new StorageError(error.message, { cause: error }) : error;
}
