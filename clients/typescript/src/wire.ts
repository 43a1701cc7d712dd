// What goes over the wire and what is done when it fails; without I/O.

import { BadRequestError, SessionBackendError, UnavailableError, errorOf, notOurs } from './errors.js'

export type JsonObject = Record<string, unknown>

export const defaultTimeout = 30_000
export const defaultRetries = 6
const firstPause = 200 // milliseconds before the second attempt, doubled after each
const longestPause = 5_000
const longestRetryAfter = 60_000
const tryAgain = new Set([502, 503, 504])

/** One request; members, parameters and headers that are undefined are left out. */
export interface Call {
  method: string
  /** Path, percent-encoded. */
  target: string
  query?: Record<string, string | number | boolean | undefined>
  body?: object
  data?: Uint8Array
  headers?: Record<string, string | undefined>
  /** May be sent again when it is unknown whether it was done (default true). */
  repeat?: boolean
}

/** A call as it is sent, any number of times. */
export interface Sent {
  method: string
  target: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
  repeat: boolean
}

/** A whole answer. */
export interface Answer {
  status: number
  headers: Headers
  content: Uint8Array
  place: string
  /** The body as JSON, once somebody asked for it. */
  decoded?: JsonObject
}

export function prepare(call: Call): Sent {
  const repeat = call.repeat ?? true
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    if (value !== undefined) headers[name] = headerOf(name, value)
  }
  let body: string | Uint8Array | undefined
  if (call.data !== undefined) {
    body = call.data
    headers['Content-Type'] ??= 'application/octet-stream'
  } else if (call.body !== undefined) {
    body = dump(call.body)
    headers['Content-Type'] = 'application/json'
  }
  if (call.method === 'POST' && repeat) headers['Idempotency-Key'] = crypto.randomUUID()
  return { method: call.method, target: call.target + queryOf(call.query ?? {}), headers, body, repeat }
}

function dump(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new BadRequestError(`this cannot be written as JSON: ${reasonOf(error)}`, undefined, undefined, { cause: error })
  }
}

function queryOf(query: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encode(String(value))}`]
  )
  return given.length > 0 ? `?${given.join('&')}` : ''
}

export function headerOf(name: string, value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) {
    throw new BadRequestError(`the value for ${name} holds characters that no header may hold`)
  }
  return value
}

/** Fills the pattern. A dot segment would be resolved on the way and address something else: refused here. */
export function pathOf(pattern: string, ...ids: (string | number)[]): string {
  const segments = ids.map((one) => {
    const text = String(one)
    if (isDots(text)) throw new BadRequestError(`'${text}' is no id`)
    return encode(text)
  })
  return pattern.replace(/{}/g, () => segments.shift() ?? '')
}

export function storagePath(key: string): string {
  const parts = key.split('/')
  if (parts.some(isDots)) throw new BadRequestError(`the key '${key}' has an empty or dot segment, which is not allowed`)
  return `/api/v1/storage/${parts.map(encode).join('/')}`
}

function isDots(text: string): boolean {
  return text === '' || text === '.' || text === '..'
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch (error) {
    throw new BadRequestError('a lone surrogate, which no URL can carry', undefined, undefined, { cause: error })
  }
}

/** The address without a trailing slash; throws a BadRequestError with one sentence. */
export function checkBaseUrl(baseUrl: string): string {
  let url: URL
  try {
    url = new URL(baseUrl)
  } catch {
    throw new BadRequestError(`'${baseUrl}' is no URL of the form http://HOST:PORT`)
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new BadRequestError(`'${baseUrl}' is no URL of the form http://HOST:PORT`)
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new BadRequestError(`'${baseUrl}' has more than host, port and path, which a base URL may not have`)
  }
  return baseUrl.replace(/\/+$/, '')
}

/** The course of one call: after each attempt it says how many milliseconds to wait for the next, or throws. */
export class Attempts {
  /** An earlier attempt may have been carried out. */
  unsure = false
  private pause = firstPause

  constructor(
    private readonly sent: Sent,
    private readonly place: string,
    private left: number
  ) {}

  afterFault(error: unknown): number {
    const sentence = `${this.place} cannot be reached: ${reasonOf(error)}`
    const neverSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(codeOf(error))
    this.unsure ||= !neverSent
    if (isCertificate(codeOf(error))) throw new SessionBackendError(sentence, undefined, undefined, { cause: error })
    if (this.left <= 0 || (!neverSent && !this.sent.repeat)) {
      throw new UnavailableError(sentence, undefined, undefined, { cause: error })
    }
    return this.nextPause(0)
  }

  /** Undefined: this is the answer. */
  afterAnswer(answer: Answer): number | undefined {
    if (!tryAgain.has(answer.status) || this.left <= 0 || !this.sent.repeat) return undefined
    this.unsure = true
    const asked = answer.headers.get('Retry-After') ?? ''
    return this.nextPause(/^\d+$/.test(asked) ? Math.min(Number(asked) * 1000, longestRetryAfter) : 0)
  }

  /** The answer, or the error it stands for. A delete that was done by a lost attempt counts as done. */
  finish(answer: Answer): Answer {
    const { status } = answer
    if (status >= 200 && status < 300) return answer
    if (status === 404 && this.unsure && this.sent.method === 'DELETE') return answer
    const requestId = answer.headers.get('X-Request-ID') ?? undefined
    let body: unknown
    if (this.sent.method === 'HEAD') {
      // announces the body of a GET, and has none
      if (status === 404 && isJson(answer)) body = { detail: { message: `${this.sent.target} is not there` } }
    } else if (isJson(answer)) {
      try {
        body = JSON.parse(new TextDecoder().decode(answer.content))
      } catch {
        throw notOurs(this.place, status, requestId)
      }
    }
    const error = errorOf(status, body, this.place, requestId)
    error.unsure = this.unsure
    throw error
  }

  private nextPause(atLeast: number): number {
    this.left -= 1
    const pause = this.pause * (0.5 + Math.random() / 2)
    this.pause = Math.min(this.pause * 2, longestPause)
    return Math.max(pause, atLeast * (1 + Math.random() / 10))
  }
}

export function isJson(answer: Answer): boolean {
  const kind = (answer.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return kind === 'application/json' || (kind.startsWith('application/') && kind.endsWith('+json'))
}

/** fetch hides what happened in the cause of its "fetch failed". */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code: unknown = (at as NodeJS.ErrnoException).code
    if (typeof code === 'string') return code
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0])
  }
  return ''
}

function isCertificate(code: string): boolean {
  return code.includes('CERT') || code.startsWith('ERR_TLS') || code.startsWith('UNABLE_TO_VERIFY')
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) return 'it took too long'
  let reason = String(error)
  for (let at: unknown = error; at instanceof Error; at = at.cause) reason = at.message || codeOf(at) || reason
  return reason.replace(/\.$/, '')
}
