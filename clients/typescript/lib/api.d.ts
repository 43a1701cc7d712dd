import type { Page, Reader, StoredObject } from './read.js';
import type { Call, JsonObject } from './wire.js';
/** What every record carries besides the members the service sends. */
export interface Tagged {
    /** For `ifMatch` and `ifNoneMatch`. */
    etag?: string | undefined;
    /** True when a repeated POST found its thing made already. */
    replayed?: boolean | undefined;
}
/** A message as it is sent. */
export interface MessageBody {
    message_id: number;
    message: JsonObject;
    redact_message?: JsonObject | null;
    created_at?: string;
}
/** Session, agent and messages in one view; `total` counts all the agent's messages. */
export interface Restored {
    session: Session;
    agent: Agent;
    messages: Message[];
    total: number;
    offset: number;
}
/** A session: what one conversation, or one run of several agents, is stored under. */
export interface Session extends Tagged {
    session_id: string;
    session_type: string;
    multi_agent_state: JsonObject | null;
    created_at: string;
    updated_at: string;
}
/** An agent of a session, with what the SDK keeps of it besides its messages. */
export interface Agent extends Tagged {
    agent_id: string;
    state: JsonObject;
    conversation_manager_state: JsonObject;
    internal_state: JsonObject;
    created_at: string;
    updated_at: string;
}
/** One message of an agent; `redact_message` stands for it once it was redacted. */
export interface Message extends Tagged {
    message_id: number;
    message: JsonObject;
    redact_message: JsonObject | null;
    created_at: string;
    updated_at: string;
}
/** The state of a graph or a swarm. */
export interface MultiAgent extends Tagged {
    multi_agent_id: string;
    state: JsonObject;
    created_at: string;
    updated_at: string;
}
/** The routes as methods. */
export declare abstract class Api {
    /** Sends it until there is an answer or no attempt is left. */
    protected abstract send<T>(call: Call, read: Reader<T>): Promise<T>;
    /** Make a session. */
    createSession(sessionId: string, options?: {
        sessionType?: string | undefined;
        createdAt?: string | undefined;
        multiAgentState?: JsonObject | undefined;
    }): Promise<Session>;
    /** One page of the sessions, newest first: by `page` and `page_size`, or by `limit` and `cursor`. */
    listSessions(options?: {
        page?: number | undefined;
        pageSize?: number | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
        prefix?: string | undefined;
        createdAfter?: string | undefined;
        createdBefore?: string | undefined;
        total?: boolean | undefined;
    }): Promise<Page<Session>>;
    /** All sessions, newest first. */
    iterSessions(options?: {
        prefix?: string | undefined;
        createdAfter?: string | undefined;
        createdBefore?: string | undefined;
        pageSize?: number;
    }): AsyncGenerator<Session>;
    /** One session. */
    getSession(sessionId: string, options?: {
        ifNoneMatch?: string | undefined;
    }): Promise<Session>;
    /** Change a session; what is left out stays. */
    updateSession(sessionId: string, options?: {
        sessionType?: string | undefined;
        multiAgentState?: JsonObject | undefined;
        ifMatch?: string | undefined;
    }): Promise<Session>;
    /** Delete a session with all it holds; `storage=true` takes its stored objects (snapshots) along. */
    deleteSession(sessionId: string, options?: {
        storage?: boolean | undefined;
        ifMatch?: string | undefined;
    }): Promise<void>;
    /** Copy a session under a new id, for the agents named in `until` up to and with that message. */
    forkSession(sessionId: string, newSessionId: string, options?: {
        until?: JsonObject | undefined;
    }): Promise<Session>;
    /** Make an agent. */
    createAgent(sessionId: string, agentId: string, state: JsonObject, conversationManagerState: JsonObject, options?: {
        internalState?: JsonObject | undefined;
        createdAt?: string | undefined;
    }): Promise<Agent>;
    /** One page of a session's agents, oldest first. */
    listAgents(sessionId: string, options?: {
        page?: number | undefined;
        pageSize?: number | undefined;
        total?: boolean | undefined;
    }): Promise<Page<Agent>>;
    /** All agents of a session, oldest first. */
    iterAgents(sessionId: string, options?: {
        pageSize?: number;
    }): AsyncGenerator<Agent>;
    /** One agent. */
    getAgent(sessionId: string, agentId: string, options?: {
        ifNoneMatch?: string | undefined;
    }): Promise<Agent>;
    /** Change an agent; what is left out stays. */
    updateAgent(sessionId: string, agentId: string, options?: {
        state?: JsonObject | undefined;
        conversationManagerState?: JsonObject | undefined;
        internalState?: JsonObject | undefined;
        ifMatch?: string | undefined;
    }): Promise<Agent>;
    /** Delete an agent with its messages. */
    deleteAgent(sessionId: string, agentId: string, options?: {
        ifMatch?: string | undefined;
    }): Promise<void>;
    /** Session, agent and messages in one view; `offset` may be "removed": behind the dropped ones. */
    restore(sessionId: string, agentId: string, options?: {
        offset?: number | string | undefined;
    }): Promise<Restored>;
    /** Append a message. */
    createMessage(sessionId: string, agentId: string, messageId: number, message: JsonObject, options?: {
        redactMessage?: JsonObject | undefined;
        createdAt?: string | undefined;
    }): Promise<Message>;
    /** Append several messages (bodies as of create_message), all or none. */
    createMessages(sessionId: string, agentId: string, messages: readonly MessageBody[]): Promise<Message[]>;
    /** Messages by number: by `offset` and `limit` (no limit: all of them), or by `page` and `page_size`. */
    listMessages(sessionId: string, agentId: string, options?: {
        offset?: number | undefined;
        limit?: number | undefined;
        page?: number | undefined;
        pageSize?: number | undefined;
        order?: string | undefined;
        total?: boolean | undefined;
    }): Promise<Page<Message>>;
    /** All messages of an agent, by number. */
    iterMessages(sessionId: string, agentId: string, options?: {
        order?: string | undefined;
        pageSize?: number;
    }): AsyncGenerator<Message>;
    /** One message. */
    getMessage(sessionId: string, agentId: string, messageId: number, options?: {
        ifNoneMatch?: string | undefined;
    }): Promise<Message>;
    /** Change or redact a message; what is left out stays. */
    updateMessage(sessionId: string, agentId: string, messageId: number, options?: {
        message?: JsonObject | undefined;
        redactMessage?: JsonObject | undefined;
        ifMatch?: string | undefined;
    }): Promise<Message>;
    /** Delete one message. */
    deleteMessage(sessionId: string, agentId: string, messageId: number, options?: {
        ifMatch?: string | undefined;
    }): Promise<void>;
    /** Rewind: delete the messages numbered `first_message_id` and above; gives how many there were. */
    deleteMessagesFrom(sessionId: string, agentId: string, firstMessageId: number): Promise<number>;
    /** Store the state of a graph or swarm. */
    createMultiAgent(sessionId: string, multiAgentId: string, state: JsonObject, options?: {
        createdAt?: string | undefined;
    }): Promise<MultiAgent>;
    /** One page of a session's graphs and swarms, oldest first. */
    listMultiAgents(sessionId: string, options?: {
        page?: number | undefined;
        pageSize?: number | undefined;
        total?: boolean | undefined;
    }): Promise<Page<MultiAgent>>;
    /** All graphs and swarms of a session, oldest first. */
    iterMultiAgents(sessionId: string, options?: {
        pageSize?: number;
    }): AsyncGenerator<MultiAgent>;
    /** The state of one graph or swarm. */
    getMultiAgent(sessionId: string, multiAgentId: string, options?: {
        ifNoneMatch?: string | undefined;
    }): Promise<MultiAgent>;
    /** Replace the state of a graph or swarm. */
    updateMultiAgent(sessionId: string, multiAgentId: string, options?: {
        state?: JsonObject | undefined;
        ifMatch?: string | undefined;
    }): Promise<MultiAgent>;
    /** Delete the state of a graph or swarm. */
    deleteMultiAgent(sessionId: string, multiAgentId: string, options?: {
        ifMatch?: string | undefined;
    }): Promise<void>;
    /** Store bytes under a key; gives their ETag. */
    putObject(key: string, data: Uint8Array, options?: {
        contentType?: string | undefined;
        ifMatch?: string | undefined;
        ifNoneMatch?: string | undefined;
    }): Promise<string>;
    /** The bytes under a key, with type and ETag. */
    getObject(key: string, options?: {
        ifNoneMatch?: string | undefined;
    }): Promise<StoredObject>;
    /** Type and ETag of a key; the data is left empty. */
    headObject(key: string): Promise<StoredObject>;
    /** Delete a key, there or not. */
    deleteObject(key: string, options?: {
        ifMatch?: string | undefined;
        ifNoneMatch?: string | undefined;
    }): Promise<void>;
    /** Keys in byte order; without a `limit` all of them. */
    listKeys(options?: {
        prefix?: string | undefined;
        startAfter?: string | undefined;
        limit?: number | undefined;
    }): Promise<string[]>;
    /** All keys that begin with `prefix`, in byte order. */
    iterKeys(options?: {
        prefix?: string | undefined;
        pageSize?: number;
    }): AsyncGenerator<string>;
    /** Delete the keys that begin with `prefix`, which may not be empty; gives how many there were. */
    deleteKeys(prefix: string): Promise<number>;
    /** Does the service run? */
    health(): Promise<JsonObject>;
    /** Does the service run? (the liveness probe) */
    healthLive(): Promise<JsonObject>;
    /** Can it use its database? */
    healthDb(): Promise<JsonObject>;
    /** Can it take requests? (the readiness probe) */
    healthReady(): Promise<JsonObject>;
    /** Counters in JSON. */
    healthMetrics(): Promise<JsonObject>;
    /** Counters in the Prometheus text format. */
    metrics(): Promise<string>;
    /** The description of the API. */
    openapi(): Promise<JsonObject>;
}
