// Made by clients/generate from clients/routes.json: change those, not this.

import { readCount, readEtag, readJson, readKeys, readList, readNothing, readObject } from './read.js'
import { readPage, readRecord, readRestored, readText, walkCursor, walkKeys, walkOffset, walkPages } from './read.js'
import type { Page, Reader, StoredObject } from './read.js'
import { pathOf, storagePath } from './wire.js'
import type { Call, JsonObject } from './wire.js'

/** What every record carries besides the members the service sends. */
export interface Tagged {
  /** For `ifMatch` and `ifNoneMatch`. */
  etag?: string | undefined
  /** True when a repeated POST found its thing made already. */
  replayed?: boolean | undefined
}

/** A message as it is sent. */
export interface MessageBody {
  message_id: number
  message: JsonObject
  redact_message?: JsonObject | null
  created_at?: string
}

/** Session, agent and messages in one view; `total` counts all the agent's messages. */
export interface Restored {
  session: Session
  agent: Agent
  messages: Message[]
  total: number
  offset: number
}

/** A session: what one conversation, or one run of several agents, is stored under. */
export interface Session extends Tagged {
  session_id: string
  session_type: string
  multi_agent_state: JsonObject | null
  created_at: string
  updated_at: string
}
const sessionMembers = ['session_id', 'session_type', 'multi_agent_state', 'created_at', 'updated_at'] as const

/** An agent of a session, with what the SDK keeps of it besides its messages. */
export interface Agent extends Tagged {
  agent_id: string
  state: JsonObject
  conversation_manager_state: JsonObject
  internal_state: JsonObject
  created_at: string
  updated_at: string
}
const agentMembers = [
  'agent_id',
  'state',
  'conversation_manager_state',
  'internal_state',
  'created_at',
  'updated_at',
] as const

/** One message of an agent; `redact_message` stands for it once it was redacted. */
export interface Message extends Tagged {
  message_id: number
  message: JsonObject
  redact_message: JsonObject | null
  created_at: string
  updated_at: string
}
const messageMembers = ['message_id', 'message', 'redact_message', 'created_at', 'updated_at'] as const

/** The state of a graph or a swarm. */
export interface MultiAgent extends Tagged {
  multi_agent_id: string
  state: JsonObject
  created_at: string
  updated_at: string
}
const multiAgentMembers = ['multi_agent_id', 'state', 'created_at', 'updated_at'] as const

/** The routes as methods. */
export abstract class Api {
  /** Sends it until there is an answer or no attempt is left. */
  protected abstract send<T>(call: Call, read: Reader<T>): Promise<T>

  /** Make a session. */
  createSession(
    sessionId: string,
    options: {
      sessionType?: string | undefined,
      createdAt?: string | undefined,
      multiAgentState?: JsonObject | undefined,
    } = {},
  ): Promise<Session> {
    return this.send(
      {
        method: 'POST',
        target: '/api/v1/sessions',
        body: {
          session_id: sessionId,
          session_type: options.sessionType,
          created_at: options.createdAt,
          multi_agent_state: options.multiAgentState,
        },
      },
      readRecord<Session>(sessionMembers),
    )
  }

  /** One page of the sessions, newest first: by `page` and `page_size`, or by `limit` and `cursor`. */
  listSessions(
    options: {
      page?: number | undefined,
      pageSize?: number | undefined,
      limit?: number | undefined,
      cursor?: string | undefined,
      prefix?: string | undefined,
      createdAfter?: string | undefined,
      createdBefore?: string | undefined,
      total?: boolean | undefined,
    } = {},
  ): Promise<Page<Session>> {
    return this.send(
      {
        method: 'GET',
        target: '/api/v1/sessions',
        query: {
          page: options.page,
          page_size: options.pageSize,
          limit: options.limit,
          cursor: options.cursor,
          prefix: options.prefix,
          created_after: options.createdAfter,
          created_before: options.createdBefore,
          total: options.total,
        },
      },
      readPage<Session>('sessions', sessionMembers),
    )
  }

  /** All sessions, newest first. */
  iterSessions(
    options: {
      prefix?: string | undefined,
      createdAfter?: string | undefined,
      createdBefore?: string | undefined,
      pageSize?: number,
    } = {},
  ): AsyncGenerator<Session> {
    return walkCursor(
      (cursor, limit) =>
        this.listSessions({ limit, cursor, prefix: options.prefix, createdAfter: options.createdAfter, createdBefore: options.createdBefore }),
      options.pageSize ?? 100,
    )
  }

  /** One session. */
  getSession(sessionId: string, options: { ifNoneMatch?: string | undefined } = {}): Promise<Session> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}', sessionId),
        headers: { 'If-None-Match': options.ifNoneMatch },
      },
      readRecord<Session>(sessionMembers),
    )
  }

  /** Change a session; what is left out stays. */
  updateSession(
    sessionId: string,
    options: {
      sessionType?: string | undefined,
      multiAgentState?: JsonObject | undefined,
      ifMatch?: string | undefined,
    } = {},
  ): Promise<Session> {
    return this.send(
      {
        method: 'PUT',
        target: pathOf('/api/v1/sessions/{}', sessionId),
        body: { session_type: options.sessionType, multi_agent_state: options.multiAgentState },
        headers: { 'If-Match': options.ifMatch },
      },
      readRecord<Session>(sessionMembers),
    )
  }

  /** Delete a session with all it holds; `storage=true` takes its stored objects (snapshots) along. */
  deleteSession(
    sessionId: string,
    options: { storage?: boolean | undefined; ifMatch?: string | undefined } = {},
  ): Promise<void> {
    return this.send(
      {
        method: 'DELETE',
        target: pathOf('/api/v1/sessions/{}', sessionId),
        query: { storage: options.storage },
        headers: { 'If-Match': options.ifMatch },
      },
      readNothing,
    )
  }

  /** Copy a session under a new id, for the agents named in `until` up to and with that message. */
  forkSession(
    sessionId: string,
    newSessionId: string,
    options: { until?: JsonObject | undefined } = {},
  ): Promise<Session> {
    return this.send(
      {
        method: 'POST',
        target: pathOf('/api/v1/sessions/{}/fork', sessionId),
        body: { session_id: newSessionId, until: options.until },
        repeat: false,
      },
      readRecord<Session>(sessionMembers),
    )
  }

  /** Make an agent. */
  createAgent(
    sessionId: string,
    agentId: string,
    state: JsonObject,
    conversationManagerState: JsonObject,
    options: {
      internalState?: JsonObject | undefined,
      createdAt?: string | undefined,
    } = {},
  ): Promise<Agent> {
    return this.send(
      {
        method: 'POST',
        target: pathOf('/api/v1/sessions/{}/agents', sessionId),
        body: {
          agent_id: agentId,
          state: state,
          conversation_manager_state: conversationManagerState,
          internal_state: options.internalState,
          created_at: options.createdAt,
        },
      },
      readRecord<Agent>(agentMembers),
    )
  }

  /** One page of a session's agents, oldest first. */
  listAgents(
    sessionId: string,
    options: {
      page?: number | undefined,
      pageSize?: number | undefined,
      total?: boolean | undefined,
    } = {},
  ): Promise<Page<Agent>> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/agents', sessionId),
        query: { page: options.page, page_size: options.pageSize, total: options.total },
      },
      readPage<Agent>('agents', agentMembers),
    )
  }

  /** All agents of a session, oldest first. */
  iterAgents(sessionId: string, options: { pageSize?: number } = {}): AsyncGenerator<Agent> {
    return walkPages((page, pageSize) => this.listAgents(sessionId, { page, pageSize }), options.pageSize ?? 100)
  }

  /** One agent. */
  getAgent(sessionId: string, agentId: string, options: { ifNoneMatch?: string | undefined } = {}): Promise<Agent> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
        headers: { 'If-None-Match': options.ifNoneMatch },
      },
      readRecord<Agent>(agentMembers),
    )
  }

  /** Change an agent; what is left out stays. */
  updateAgent(
    sessionId: string,
    agentId: string,
    options: {
      state?: JsonObject | undefined,
      conversationManagerState?: JsonObject | undefined,
      internalState?: JsonObject | undefined,
      ifMatch?: string | undefined,
    } = {},
  ): Promise<Agent> {
    return this.send(
      {
        method: 'PUT',
        target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
        body: {
          state: options.state,
          conversation_manager_state: options.conversationManagerState,
          internal_state: options.internalState,
        },
        headers: { 'If-Match': options.ifMatch },
      },
      readRecord<Agent>(agentMembers),
    )
  }

  /** Delete an agent with its messages. */
  deleteAgent(sessionId: string, agentId: string, options: { ifMatch?: string | undefined } = {}): Promise<void> {
    return this.send(
      {
        method: 'DELETE',
        target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
        headers: { 'If-Match': options.ifMatch },
      },
      readNothing,
    )
  }

  /** Session, agent and messages in one view; `offset` may be "removed": behind the dropped ones. */
  restore(
    sessionId: string,
    agentId: string,
    options: { offset?: number | string | undefined } = {},
  ): Promise<Restored> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/agents/{}/restore', sessionId, agentId),
        query: { offset: options.offset },
      },
      readRestored<Restored>(sessionMembers, agentMembers, messageMembers),
    )
  }

  /** Append a message. */
  createMessage(
    sessionId: string,
    agentId: string,
    messageId: number,
    message: JsonObject,
    options: {
      redactMessage?: JsonObject | undefined,
      createdAt?: string | undefined,
    } = {},
  ): Promise<Message> {
    return this.send(
      {
        method: 'POST',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
        body: {
          message_id: messageId,
          message: message,
          redact_message: options.redactMessage,
          created_at: options.createdAt,
        },
      },
      readRecord<Message>(messageMembers),
    )
  }

  /** Append several messages (bodies as of create_message), all or none. */
  createMessages(sessionId: string, agentId: string, messages: readonly MessageBody[]): Promise<Message[]> {
    return this.send(
      {
        method: 'POST',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
        body: messages,
      },
      readList<Message>('messages', messageMembers),
    )
  }

  /** Messages by number: by `offset` and `limit` (no limit: all of them), or by `page` and `page_size`. */
  listMessages(
    sessionId: string,
    agentId: string,
    options: {
      offset?: number | undefined,
      limit?: number | undefined,
      page?: number | undefined,
      pageSize?: number | undefined,
      order?: string | undefined,
      total?: boolean | undefined,
    } = {},
  ): Promise<Page<Message>> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
        query: {
          offset: options.offset,
          limit: options.limit,
          page: options.page,
          page_size: options.pageSize,
          order: options.order,
          total: options.total,
        },
      },
      readPage<Message>('messages', messageMembers),
    )
  }

  /** All messages of an agent, by number. */
  iterMessages(
    sessionId: string,
    agentId: string,
    options: { order?: string | undefined; pageSize?: number } = {},
  ): AsyncGenerator<Message> {
    return walkOffset(
      (offset, limit) => this.listMessages(sessionId, agentId, { offset, limit, total: false, order: options.order }),
      options.pageSize ?? 100,
    )
  }

  /** One message. */
  getMessage(
    sessionId: string,
    agentId: string,
    messageId: number,
    options: { ifNoneMatch?: string | undefined } = {},
  ): Promise<Message> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
        headers: { 'If-None-Match': options.ifNoneMatch },
      },
      readRecord<Message>(messageMembers),
    )
  }

  /** Change or redact a message; what is left out stays. */
  updateMessage(
    sessionId: string,
    agentId: string,
    messageId: number,
    options: {
      message?: JsonObject | undefined,
      redactMessage?: JsonObject | undefined,
      ifMatch?: string | undefined,
    } = {},
  ): Promise<Message> {
    return this.send(
      {
        method: 'PUT',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
        body: { message: options.message, redact_message: options.redactMessage },
        headers: { 'If-Match': options.ifMatch },
      },
      readRecord<Message>(messageMembers),
    )
  }

  /** Delete one message. */
  deleteMessage(
    sessionId: string,
    agentId: string,
    messageId: number,
    options: { ifMatch?: string | undefined } = {},
  ): Promise<void> {
    return this.send(
      {
        method: 'DELETE',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
        headers: { 'If-Match': options.ifMatch },
      },
      readNothing,
    )
  }

  /** Rewind: delete the messages numbered `first_message_id` and above; gives how many there were. */
  deleteMessagesFrom(sessionId: string, agentId: string, firstMessageId: number): Promise<number> {
    return this.send(
      {
        method: 'DELETE',
        target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
        query: { from: firstMessageId },
      },
      readCount('deleted'),
    )
  }

  /** Store the state of a graph or swarm. */
  createMultiAgent(
    sessionId: string,
    multiAgentId: string,
    state: JsonObject,
    options: { createdAt?: string | undefined } = {},
  ): Promise<MultiAgent> {
    return this.send(
      {
        method: 'POST',
        target: pathOf('/api/v1/sessions/{}/multi_agents', sessionId),
        body: { multi_agent_id: multiAgentId, state: state, created_at: options.createdAt },
      },
      readRecord<MultiAgent>(multiAgentMembers),
    )
  }

  /** One page of a session's graphs and swarms, oldest first. */
  listMultiAgents(
    sessionId: string,
    options: {
      page?: number | undefined,
      pageSize?: number | undefined,
      total?: boolean | undefined,
    } = {},
  ): Promise<Page<MultiAgent>> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/multi_agents', sessionId),
        query: { page: options.page, page_size: options.pageSize, total: options.total },
      },
      readPage<MultiAgent>('multi_agents', multiAgentMembers),
    )
  }

  /** All graphs and swarms of a session, oldest first. */
  iterMultiAgents(sessionId: string, options: { pageSize?: number } = {}): AsyncGenerator<MultiAgent> {
    return walkPages((page, pageSize) => this.listMultiAgents(sessionId, { page, pageSize }), options.pageSize ?? 100)
  }

  /** The state of one graph or swarm. */
  getMultiAgent(
    sessionId: string,
    multiAgentId: string,
    options: { ifNoneMatch?: string | undefined } = {},
  ): Promise<MultiAgent> {
    return this.send(
      {
        method: 'GET',
        target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
        headers: { 'If-None-Match': options.ifNoneMatch },
      },
      readRecord<MultiAgent>(multiAgentMembers),
    )
  }

  /** Replace the state of a graph or swarm. */
  updateMultiAgent(
    sessionId: string,
    multiAgentId: string,
    options: { state?: JsonObject | undefined; ifMatch?: string | undefined } = {},
  ): Promise<MultiAgent> {
    return this.send(
      {
        method: 'PUT',
        target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
        body: { state: options.state },
        headers: { 'If-Match': options.ifMatch },
      },
      readRecord<MultiAgent>(multiAgentMembers),
    )
  }

  /** Delete the state of a graph or swarm. */
  deleteMultiAgent(
    sessionId: string,
    multiAgentId: string,
    options: { ifMatch?: string | undefined } = {},
  ): Promise<void> {
    return this.send(
      {
        method: 'DELETE',
        target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
        headers: { 'If-Match': options.ifMatch },
      },
      readNothing,
    )
  }

  /** Store bytes under a key; gives their ETag. */
  putObject(
    key: string,
    data: Uint8Array,
    options: {
      contentType?: string | undefined,
      ifMatch?: string | undefined,
      ifNoneMatch?: string | undefined,
    } = {},
  ): Promise<string> {
    return this.send(
      {
        method: 'PUT',
        target: storagePath(key),
        data: data,
        headers: { 'Content-Type': options.contentType, 'If-Match': options.ifMatch, 'If-None-Match': options.ifNoneMatch },
      },
      readEtag,
    )
  }

  /** The bytes under a key, with type and ETag. */
  getObject(key: string, options: { ifNoneMatch?: string | undefined } = {}): Promise<StoredObject> {
    return this.send(
      { method: 'GET', target: storagePath(key), headers: { 'If-None-Match': options.ifNoneMatch } },
      readObject,
    )
  }

  /** Type and ETag of a key; the data is left empty. */
  headObject(key: string): Promise<StoredObject> {
    return this.send({ method: 'HEAD', target: storagePath(key) }, readObject)
  }

  /** Delete a key, there or not. */
  deleteObject(
    key: string,
    options: {
      ifMatch?: string | undefined,
      ifNoneMatch?: string | undefined,
    } = {},
  ): Promise<void> {
    return this.send(
      {
        method: 'DELETE',
        target: storagePath(key),
        headers: { 'If-Match': options.ifMatch, 'If-None-Match': options.ifNoneMatch },
      },
      readNothing,
    )
  }

  /** Keys in byte order; without a `limit` all of them. */
  listKeys(
    options: {
      prefix?: string | undefined,
      startAfter?: string | undefined,
      limit?: number | undefined,
    } = {},
  ): Promise<string[]> {
    return this.send(
      {
        method: 'GET',
        target: '/api/v1/storage',
        query: { prefix: options.prefix, start_after: options.startAfter, limit: options.limit },
      },
      readKeys,
    )
  }

  /** All keys that begin with `prefix`, in byte order. */
  iterKeys(options: { prefix?: string | undefined; pageSize?: number } = {}): AsyncGenerator<string> {
    return walkKeys(
      (startAfter, limit) => this.listKeys({ startAfter, limit, prefix: options.prefix }),
      options.pageSize ?? 100,
    )
  }

  /** Delete the keys that begin with `prefix`, which may not be empty; gives how many there were. */
  deleteKeys(prefix: string): Promise<number> {
    return this.send({ method: 'DELETE', target: '/api/v1/storage', query: { prefix: prefix } }, readCount('deleted'))
  }

  /** Does the service run? */
  health(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/health', repeat: false }, readJson)
  }

  /** Does the service run? (the liveness probe) */
  healthLive(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/health/live', repeat: false }, readJson)
  }

  /** Can it use its database? */
  healthDb(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/health/db', repeat: false }, readJson)
  }

  /** Can it take requests? (the readiness probe) */
  healthReady(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/health/ready', repeat: false }, readJson)
  }

  /** Counters in JSON. */
  healthMetrics(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/health/metrics', repeat: false }, readJson)
  }

  /** Counters in the Prometheus text format. */
  metrics(): Promise<string> {
    return this.send({ method: 'GET', target: '/metrics' }, readText)
  }

  /** The description of the API. */
  openapi(): Promise<JsonObject> {
    return this.send({ method: 'GET', target: '/openapi.json' }, readJson)
  }
}
