// The Strands SDK's Storage over a Session Backend, for its SessionManager and whatever else stores bytes.

import { SessionBackendClient } from './client.js'
import type { ClientOptions } from './client.js'
import { NotFoundError, PreconditionFailedError, SessionBackendError } from './errors.js'

const StorageError = await storageErrorOfSdk()

/** The mark by which the SDK knows a namespaced view. */
const namespaced: symbol = Symbol.for('strands.storage.namespaced')

export interface StorageOptions extends ClientOptions {
  /**
   * Remember the ETag of what was read and written, and refuse with a StorageError to overwrite or delete what
   * another process wrote meanwhile, or to create what is there already.
   */
  compareAndSet?: boolean | undefined
}

/** Keeps bytes under keys: `new SessionManager({ sessionId, storage: new SessionBackendStorage(url) })`. */
export class SessionBackendStorage {
  readonly client: SessionBackendClient
  private prefix = ''
  /** By key; null: seen to be absent. */
  private readonly tags: Map<string, string | null> | undefined

  constructor(baseUrl: string, options: StorageOptions = {}) {
    try {
      this.client = new SessionBackendClient(baseUrl, options)
    } catch (error) {
      throw asStorageError(error)
    }
    this.tags = options.compareAndSet ? new Map() : undefined
  }

  async write(key: string, data: Uint8Array): Promise<void> {
    const full = this.fullKey(key)
    await translated(async () => {
      this.remember(full, await this.put(full, data))
    })
  }

  async read(key: string): Promise<Uint8Array | null> {
    const full = this.fullKey(key)
    return translated(async () => {
      const found = await this.find(full)
      this.remember(full, found?.etag ?? null)
      return found?.data ?? null
    })
  }

  async delete(key: string): Promise<void> {
    const full = this.fullKey(key)
    await translated(async () => {
      const seen = this.tags?.get(full)
      try {
        await this.client.deleteObject(full, seen === null ? { ifNoneMatch: '*' } : { ifMatch: seen })
      } catch (error) {
        if (!(error instanceof PreconditionFailedError)) throw error
        if ((await this.find(full)) !== undefined) throw overwritten(full, error)
      }
      this.remember(full, null)
    })
  }

  async list(prefix: string): Promise<string[]> {
    const whole = this.prefix + prefix.replace(/\/+/g, '/').replace(/^\//, '')
    const keys = await translated(() => this.client.listKeys({ prefix: whole === '' ? undefined : whole }))
    return keys.map((key) => key.slice(this.prefix.length))
  }

  /** A view in which every key begins with prefix; remembered ETags are shared. */
  namespace(prefix: string): SessionBackendStorage {
    const clean = cleaned(prefix)
    if (clean.split('/').some((part) => part === '.' || part === '..')) {
      throw new StorageError(`the prefix '${prefix}' has a dot segment, which is not allowed`)
    }
    const view = Object.assign(Object.create(SessionBackendStorage.prototype) as SessionBackendStorage, this)
    view.prefix = clean === '' ? this.prefix : `${this.prefix}${clean}/`
    return Object.assign(view, { [namespaced]: true })
  }

  /** As the SDK's own stores do: runs of slashes are one, outer ones none. */
  private fullKey(key: string): string {
    const clean = cleaned(key)
    if (clean === '') throw new StorageError('a storage key must not be empty')
    return this.prefix + clean
  }

  private async put(key: string, data: Uint8Array): Promise<string> {
    const seen = this.tags?.get(key)
    if (seen === undefined) return this.client.putObject(key, data)
    try {
      return await this.client.putObject(key, data, seen === null ? { ifNoneMatch: '*' } : { ifMatch: seen })
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error
      // A write whose answer was lost meets its own result when it is repeated; that is no conflict.
      const found = error.unsure ? await this.find(key) : undefined
      if (found !== undefined && sameBytes(found.data, data)) return found.etag
      throw overwritten(key, error)
    }
  }

  private async find(key: string): Promise<{ data: Uint8Array; etag: string } | undefined> {
    try {
      return await this.client.getObject(key)
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  private remember(key: string, tag: string | null): void {
    this.tags?.set(key, tag)
  }
}

/**
 * The SDK's own class, so that `instanceof` holds. Where this package is a link out of the application's folder
 * the SDK cannot be found from here; a class of the same name has to do then.
 */
async function storageErrorOfSdk(): Promise<new (message: string, options?: ErrorOptions) => Error> {
  try {
    return (await import('@strands-agents/sdk')).StorageError
  } catch {
    return class StorageError extends Error {
      override name = 'StorageError'
    }
  }
}

function cleaned(key: string): string {
  return key.split('/').filter(Boolean).join('/')
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

function overwritten(key: string, cause: Error): SessionBackendError {
  const sentence = `another process wrote '${key}' meanwhile: read it again before writing`
  return new SessionBackendError(sentence, 412, undefined, { cause })
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asStorageError(error)
  }
}

function asStorageError(error: unknown): unknown {
  return error instanceof SessionBackendError ? new StorageError(error.message, { cause: error }) : error
}
