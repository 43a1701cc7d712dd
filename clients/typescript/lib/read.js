// Reads what the routes give, and walks over their pages.
import { isObject, notOurs } from './errors.js';
import { isJson } from './wire.js';
function strange(answer) {
    return notOurs(answer.place, answer.status, answer.headers.get('X-Request-ID') ?? undefined);
}
/** The service has no 200 without a body. */
export function readNothing(answer) {
    if (answer.status === 200)
        throw strange(answer);
}
export function readText(answer) {
    return new TextDecoder().decode(answer.content);
}
export function readJson(answer) {
    answer.decoded ??= decode(answer);
    return answer.decoded;
}
function decode(answer) {
    if (!isJson(answer))
        throw strange(answer);
    let value;
    try {
        value = JSON.parse(readText(answer));
    }
    catch {
        throw strange(answer);
    }
    if (!isObject(value))
        throw strange(answer);
    return value;
}
export function readEtag(answer) {
    const tag = answer.headers.get('ETag');
    if (tag === null)
        throw strange(answer);
    return tag;
}
export function readObject(answer) {
    const contentType = answer.headers.get('Content-Type') ?? '';
    return { data: answer.content, contentType, etag: readEtag(answer) };
}
export function readKeys(answer) {
    return member(answer, 'keys', isArray).map(String);
}
export function readCount(name) {
    return (answer) => member(answer, name, isNumber);
}
export function readRecord(members) {
    return (answer) => ({
        ...record(answer, readJson(answer), members),
        etag: answer.headers.get('ETag') ?? undefined,
        replayed: answer.headers.get('Idempotency-Replayed') === 'true',
    });
}
export function readList(name, members) {
    return (answer) => member(answer, name, isArray).map((one) => record(answer, one, members));
}
export function readPage(name, members) {
    return (answer) => {
        const { [name]: _items, ...rest } = readJson(answer);
        return { ...rest, items: readList(name, members)(answer) };
    };
}
export function readRestored(session, agent, message) {
    return (answer) => ({
        session: record(answer, member(answer, 'session', isObject), session),
        agent: record(answer, member(answer, 'agent', isObject), agent),
        messages: readList('messages', message)(answer),
        total: readCount('total')(answer),
        offset: readCount('offset')(answer),
    });
}
/** The named members of a JSON object; one without them comes from somebody else. */
function record(answer, source, members) {
    if (!isObject(source) || members.some((name) => !(name in source)))
        throw strange(answer);
    return Object.fromEntries(members.map((name) => [name, source[name]]));
}
function member(answer, name, isRight) {
    const value = readJson(answer)[name];
    if (!isRight(value))
        throw strange(answer);
    return value;
}
function isNumber(value) {
    return typeof value === 'number';
}
function isArray(value) {
    return Array.isArray(value);
}
export async function* walkCursor(fetch, size) {
    let cursor;
    do {
        const page = await fetch(cursor, size);
        yield* page.items;
        cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
}
export async function* walkPages(fetch, size) {
    for (let number = 1;; number += 1) {
        const { items } = await fetch(number, size);
        yield* items;
        if (items.length < size)
            return;
    }
}
export async function* walkOffset(fetch, size) {
    for (let offset = 0;; offset += size) {
        const { items } = await fetch(offset, size);
        yield* items;
        if (items.length < size)
            return;
    }
}
export async function* walkKeys(fetch, size) {
    let last;
    do {
        const keys = await fetch(last, size);
        yield* keys;
        last = keys.length < size ? undefined : keys[keys.length - 1];
    } while (last !== undefined);
}
