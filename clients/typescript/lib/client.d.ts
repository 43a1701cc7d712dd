import { Api } from './api.js';
import type { Reader } from './read.js';
import type { Call } from './wire.js';
export interface ClientOptions {
    /** Sent as `Authorization: Bearer`. */
    token?: string | undefined;
    /** Milliseconds that one attempt may take before it is given up (default 30,000). */
    timeout?: number | undefined;
    /** How often a call is repeated on 502, 503 and 504, a lost connection or a time-out (default 6). */
    retries?: number | undefined;
}
/** Calls a Session Backend with the platform's fetch, which keeps its connections. */
export declare class SessionBackendClient extends Api {
    #private;
    readonly baseUrl: string;
    private readonly timeout;
    private readonly retries;
    constructor(baseUrl: string, options?: ClientOptions);
    protected send<T>(call: Call, read: Reader<T>): Promise<T>;
    private attempt;
}
