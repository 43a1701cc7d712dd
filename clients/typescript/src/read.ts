// Reads what the routes give, and walks over their pages.

import { isObject, notOurs } from './errors.js'
import { isJson } from './wire.js'
import type { Answer, JsonObject } from './wire.js'

export type Reader<T> = (answer: Answer) => T

/** Some of a list's items; of the other members those that the form of the request has. */
export interface Page<T> {
  items: T[]
  total?: number | null
  page?: number
  page_size?: number
  offset?: number
  limit?: number | null
  next_cursor?: string | null
}

/** Bytes out of the storage. */
export interface StoredObject {
  data: Uint8Array
  contentType: string
  etag: string
}

function strange(answer: Answer): Error {
  return notOurs(answer.place, answer.status, answer.headers.get('X-Request-ID') ?? undefined)
}

/** The service has no 200 without a body. */
export function readNothing(answer: Answer): void {
  if (answer.status === 200) throw strange(answer)
}

export function readText(answer: Answer): string {
  return new TextDecoder().decode(answer.content)
}

export function readJson(answer: Answer): JsonObject {
  answer.decoded ??= decode(answer)
  return answer.decoded
}

function decode(answer: Answer): JsonObject {
  if (!isJson(answer)) throw strange(answer)
  let value: unknown
  try {
    value = JSON.parse(readText(answer))
  } catch {
    throw strange(answer)
  }
  if (!isObject(value)) throw strange(answer)
  return value
}

export function readEtag(answer: Answer): string {
  const tag = answer.headers.get('ETag')
  if (tag === null) throw strange(answer)
  return tag
}

export function readObject(answer: Answer): StoredObject {
  const contentType = answer.headers.get('Content-Type') ?? ''
  return { data: answer.content, contentType, etag: readEtag(answer) }
}

export function readKeys(answer: Answer): string[] {
  return member(answer, 'keys', isArray).map(String)
}

export function readCount(name: string): Reader<number> {
  return (answer) => member(answer, name, isNumber)
}

export function readRecord<T>(members: readonly string[]): Reader<T> {
  return (answer) => ({
    ...record<T & object>(answer, readJson(answer), members),
    etag: answer.headers.get('ETag') ?? undefined,
    replayed: answer.headers.get('Idempotency-Replayed') === 'true',
  })
}

export function readList<T>(name: string, members: readonly string[]): Reader<T[]> {
  return (answer) => member(answer, name, isArray).map((one) => record<T>(answer, one, members))
}

export function readPage<T>(name: string, members: readonly string[]): Reader<Page<T>> {
  return (answer) => {
    const { [name]: _items, ...rest } = readJson(answer)
    return { ...rest, items: readList<T>(name, members)(answer) }
  }
}

export function readRestored<T>(
  session: readonly string[],
  agent: readonly string[],
  message: readonly string[]
): Reader<T> {
  return (answer) =>
    ({
      session: record(answer, member(answer, 'session', isObject), session),
      agent: record(answer, member(answer, 'agent', isObject), agent),
      messages: readList('messages', message)(answer),
      total: readCount('total')(answer),
      offset: readCount('offset')(answer),
    }) as T
}

/** The named members of a JSON object; one without them comes from somebody else. */
function record<T>(answer: Answer, source: unknown, members: readonly string[]): T {
  if (!isObject(source) || members.some((name) => !(name in source))) throw strange(answer)
  return Object.fromEntries(members.map((name) => [name, source[name]])) as T
}

function member<T>(answer: Answer, name: string, isRight: (value: unknown) => value is T): T {
  const value = readJson(answer)[name]
  if (!isRight(value)) throw strange(answer)
  return value
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

export async function* walkCursor<T>(
  fetch: (cursor: string | undefined, limit: number) => Promise<Page<T>>,
  size: number
): AsyncGenerator<T> {
  let cursor: string | undefined
  do {
    const page = await fetch(cursor, size)
    yield* page.items
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
}

export async function* walkPages<T>(
  fetch: (page: number, size: number) => Promise<Page<T>>,
  size: number
): AsyncGenerator<T> {
  for (let number = 1; ; number += 1) {
    const { items } = await fetch(number, size)
    yield* items
    if (items.length < size) return
  }
}

export async function* walkOffset<T>(
  fetch: (offset: number, limit: number) => Promise<Page<T>>,
  size: number
): AsyncGenerator<T> {
  for (let offset = 0; ; offset += size) {
    const { items } = await fetch(offset, size)
    yield* items
    if (items.length < size) return
  }
}

export async function* walkKeys(
  fetch: (startAfter: string | undefined, limit: number) => Promise<string[]>,
  size: number
): AsyncGenerator<string> {
  let last: string | undefined
  do {
    const keys = await fetch(last, size)
    yield* keys
    last = keys.length < size ? undefined : keys[keys.length - 1]
  } while (last !== undefined)
}
