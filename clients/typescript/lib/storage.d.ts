import { SessionBackendClient } from './client.js';
import type { ClientOptions } from './client.js';
export interface StorageOptions extends ClientOptions {
    /**
     * Remember the ETag of what was read and written, and refuse with a StorageError to overwrite or delete what
     * another process wrote meanwhile, or to create what is there already.
     */
    compareAndSet?: boolean | undefined;
}
/** Keeps bytes under keys: `new SessionManager({ sessionId, storage: new SessionBackendStorage(url) })`. */
export declare class SessionBackendStorage {
    readonly client: SessionBackendClient;
    private prefix;
    /** By key; null: seen to be absent. */
    private readonly tags;
    constructor(baseUrl: string, options?: StorageOptions);
    write(key: string, data: Uint8Array): Promise<void>;
    read(key: string): Promise<Uint8Array | null>;
    delete(key: string): Promise<void>;
    list(prefix: string): Promise<string[]>;
    /** A view in which every key begins with prefix; remembered ETags are shared. */
    namespace(prefix: string): SessionBackendStorage;
    /** As the SDK's own stores do: runs of slashes are one, outer ones none. */
    private fullKey;
    private put;
    private find;
    private remember;
}
