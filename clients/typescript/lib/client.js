// The whole API of Session Backend; its methods are in api.ts, made from clients/routes.json.
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from './api.js';
import { Attempts, checkBaseUrl, defaultRetries, defaultTimeout, headerOf, prepare } from './wire.js';
/** Calls a Session Backend with the platform's fetch, which keeps its connections. */
export class SessionBackendClient extends Api {
    baseUrl;
    #headers = {}; // holds the token: not to be printed
    timeout;
    retries;
    constructor(baseUrl, options = {}) {
        super();
        this.baseUrl = checkBaseUrl(baseUrl);
        this.timeout = options.timeout ?? defaultTimeout;
        this.retries = options.retries ?? defaultRetries;
        if (options.token)
            this.#headers['Authorization'] = headerOf('the token', `Bearer ${options.token}`);
    }
    async send(call, read) {
        const sent = prepare(call);
        const attempts = new Attempts(sent, this.baseUrl, this.retries);
        for (;;) {
            let pause;
            let answer;
            try {
                answer = await this.attempt(sent);
            }
            catch (error) {
                pause = attempts.afterFault(error);
            }
            if (answer !== undefined) {
                pause = attempts.afterAnswer(answer);
                if (pause === undefined)
                    return read(attempts.finish(answer));
            }
            await sleep(pause);
        }
    }
    async attempt(sent) {
        const response = await fetch(this.baseUrl + sent.target, {
            method: sent.method,
            headers: { ...this.#headers, ...sent.headers },
            body: sent.body ?? null,
            redirect: 'manual',
            signal: AbortSignal.timeout(this.timeout),
        });
        const content = new Uint8Array(await response.arrayBuffer());
        return { status: response.status, headers: response.headers, content, place: this.baseUrl };
    }
}
