export type JsonObject = Record<string, unknown>;
export declare const defaultTimeout = 30000;
export declare const defaultRetries = 6;
/** One request; members, parameters and headers that are undefined are left out. */
export interface Call {
    method: string;
    /** Path, percent-encoded. */
    target: string;
    query?: Record<string, string | number | boolean | undefined>;
    body?: object;
    data?: Uint8Array;
    headers?: Record<string, string | undefined>;
    /** May be sent again when it is unknown whether it was done (default true). */
    repeat?: boolean;
}
/** A call as it is sent, any number of times. */
export interface Sent {
    method: string;
    target: string;
    headers: Record<string, string>;
    body: string | Uint8Array | undefined;
    repeat: boolean;
}
/** A whole answer. */
export interface Answer {
    status: number;
    headers: Headers;
    content: Uint8Array;
    place: string;
    /** The body as JSON, once somebody asked for it. */
    decoded?: JsonObject;
}
export declare function prepare(call: Call): Sent;
export declare function headerOf(name: string, value: string): string;
/** Fills the pattern. A dot segment would be resolved on the way and address something else: refused here. */
export declare function pathOf(pattern: string, ...ids: (string | number)[]): string;
export declare function storagePath(key: string): string;
/** The address without a trailing slash; throws a BadRequestError with one sentence. */
export declare function checkBaseUrl(baseUrl: string): string;
/** The course of one call: after each attempt it says how many milliseconds to wait for the next, or throws. */
export declare class Attempts {
    private readonly sent;
    private readonly place;
    private left;
    /** An earlier attempt may have been carried out. */
    unsure: boolean;
    private pause;
    constructor(sent: Sent, place: string, left: number);
    afterFault(error: unknown): number;
    /** Undefined: this is the answer. */
    afterAnswer(answer: Answer): number | undefined;
    /** The answer, or the error it stands for. A delete that was done by a lost attempt counts as done. */
    finish(answer: Answer): Answer;
    private nextPause;
}
export declare function isJson(answer: Answer): boolean;
