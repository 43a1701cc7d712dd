// The whole API of Session Backend; its methods are in api.ts, made from clients/routes.json.

import { setTimeout as sleep } from 'node:timers/promises'

import { Api } from './api.js'
import type { Reader } from './read.js'
import { Attempts, checkBaseUrl, defaultRetries, defaultTimeout, headerOf, prepare } from './wire.js'
import type { Answer, Call, Sent } from './wire.js'

export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. */
  token?: string | undefined
  /** Milliseconds that one attempt may take before it is given up (default 30,000). */
  timeout?: number | undefined
  /** How often a call is repeated on 502, 503 and 504, a lost connection or a time-out (default 6). */
  retries?: number | undefined
}

/** Calls a Session Backend with the platform's fetch, which keeps its connections. */
export class SessionBackendClient extends Api {
  readonly baseUrl: string
  readonly #headers: Record<string, string> = {} // holds the token: not to be printed
  private readonly timeout: number
  private readonly retries: number

  constructor(baseUrl: string, options: ClientOptions = {}) {
    super()
    this.baseUrl = checkBaseUrl(baseUrl)
    this.timeout = options.timeout ?? defaultTimeout
    this.retries = options.retries ?? defaultRetries
    if (options.token) this.#headers['Authorization'] = headerOf('the token', `Bearer ${options.token}`)
  }

  protected override async send<T>(call: Call, read: Reader<T>): Promise<T> {
    const sent = prepare(call)
    const attempts = new Attempts(sent, this.baseUrl, this.retries)
    for (;;) {
      let pause: number | undefined
      let answer: Answer | undefined
      try {
        answer = await this.attempt(sent)
      } catch (error) {
        pause = attempts.afterFault(error)
      }
      if (answer !== undefined) {
        pause = attempts.afterAnswer(answer)
        if (pause === undefined) return read(attempts.finish(answer))
      }
      await sleep(pause)
    }
  }

  private async attempt(sent: Sent): Promise<Answer> {
    const response = await fetch(this.baseUrl + sent.target, {
      method: sent.method,
      headers: { ...this.#headers, ...sent.headers },
      body: sent.body ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(this.timeout),
    })
    const content = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, content, place: this.baseUrl }
  }
}
