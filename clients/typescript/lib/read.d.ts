import type { Answer, JsonObject } from './wire.js';
export type Reader<T> = (answer: Answer) => T;
/** Some of a list's items; of the other members those that the form of the request has. */
export interface Page<T> {
    items: T[];
    total?: number | null;
    page?: number;
    page_size?: number;
    offset?: number;
    limit?: number | null;
    next_cursor?: string | null;
}
/** Bytes out of the storage. */
export interface StoredObject {
    data: Uint8Array;
    contentType: string;
    etag: string;
}
/** The service has no 200 without a body. */
export declare function readNothing(answer: Answer): void;
export declare function readText(answer: Answer): string;
export declare function readJson(answer: Answer): JsonObject;
export declare function readEtag(answer: Answer): string;
export declare function readObject(answer: Answer): StoredObject;
export declare function readKeys(answer: Answer): string[];
export declare function readCount(name: string): Reader<number>;
export declare function readRecord<T>(members: readonly string[]): Reader<T>;
export declare function readList<T>(name: string, members: readonly string[]): Reader<T[]>;
export declare function readPage<T>(name: string, members: readonly string[]): Reader<Page<T>>;
export declare function readRestored<T>(session: readonly string[], agent: readonly string[], message: readonly string[]): Reader<T>;
export declare function walkCursor<T>(fetch: (cursor: string | undefined, limit: number) => Promise<Page<T>>, size: number): AsyncGenerator<T>;
export declare function walkPages<T>(fetch: (page: number, size: number) => Promise<Page<T>>, size: number): AsyncGenerator<T>;
export declare function walkOffset<T>(fetch: (offset: number, limit: number) => Promise<Page<T>>, size: number): AsyncGenerator<T>;
export declare function walkKeys(fetch: (startAfter: string | undefined, limit: number) => Promise<string[]>, size: number): AsyncGenerator<string>;
