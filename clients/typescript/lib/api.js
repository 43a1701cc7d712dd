// Made by clients/generate from clients/routes.json: change those, not this.
import { readCount, readEtag, readJson, readKeys, readList, readNothing, readObject } from './read.js';
import { readPage, readRecord, readRestored, readText, walkCursor, walkKeys, walkOffset, walkPages } from './read.js';
import { pathOf, storagePath } from './wire.js';
const sessionMembers = ['session_id', 'session_type', 'multi_agent_state', 'created_at', 'updated_at'];
const agentMembers = [
    'agent_id',
    'state',
    'conversation_manager_state',
    'internal_state',
    'created_at',
    'updated_at',
];
const messageMembers = ['message_id', 'message', 'redact_message', 'created_at', 'updated_at'];
const multiAgentMembers = ['multi_agent_id', 'state', 'created_at', 'updated_at'];
/** The routes as methods. */
export class Api {
    /** Make a session. */
    createSession(sessionId, options = {}) {
        return this.send({
            method: 'POST',
            target: '/api/v1/sessions',
            body: {
                session_id: sessionId,
                session_type: options.sessionType,
                created_at: options.createdAt,
                multi_agent_state: options.multiAgentState,
            },
        }, readRecord(sessionMembers));
    }
    /** One page of the sessions, newest first: by `page` and `page_size`, or by `limit` and `cursor`. */
    listSessions(options = {}) {
        return this.send({
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
        }, readPage('sessions', sessionMembers));
    }
    /** All sessions, newest first. */
    iterSessions(options = {}) {
        return walkCursor((cursor, limit) => this.listSessions({ limit, cursor, prefix: options.prefix, createdAfter: options.createdAfter, createdBefore: options.createdBefore }), options.pageSize ?? 100);
    }
    /** One session. */
    getSession(sessionId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}', sessionId),
            headers: { 'If-None-Match': options.ifNoneMatch },
        }, readRecord(sessionMembers));
    }
    /** Change a session; what is left out stays. */
    updateSession(sessionId, options = {}) {
        return this.send({
            method: 'PUT',
            target: pathOf('/api/v1/sessions/{}', sessionId),
            body: { session_type: options.sessionType, multi_agent_state: options.multiAgentState },
            headers: { 'If-Match': options.ifMatch },
        }, readRecord(sessionMembers));
    }
    /** Delete a session with all it holds; `storage=true` takes its stored objects (snapshots) along. */
    deleteSession(sessionId, options = {}) {
        return this.send({
            method: 'DELETE',
            target: pathOf('/api/v1/sessions/{}', sessionId),
            query: { storage: options.storage },
            headers: { 'If-Match': options.ifMatch },
        }, readNothing);
    }
    /** Copy a session under a new id, for the agents named in `until` up to and with that message. */
    forkSession(sessionId, newSessionId, options = {}) {
        return this.send({
            method: 'POST',
            target: pathOf('/api/v1/sessions/{}/fork', sessionId),
            body: { session_id: newSessionId, until: options.until },
            repeat: false,
        }, readRecord(sessionMembers));
    }
    /** Make an agent. */
    createAgent(sessionId, agentId, state, conversationManagerState, options = {}) {
        return this.send({
            method: 'POST',
            target: pathOf('/api/v1/sessions/{}/agents', sessionId),
            body: {
                agent_id: agentId,
                state: state,
                conversation_manager_state: conversationManagerState,
                internal_state: options.internalState,
                created_at: options.createdAt,
            },
        }, readRecord(agentMembers));
    }
    /** One page of a session's agents, oldest first. */
    listAgents(sessionId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/agents', sessionId),
            query: { page: options.page, page_size: options.pageSize, total: options.total },
        }, readPage('agents', agentMembers));
    }
    /** All agents of a session, oldest first. */
    iterAgents(sessionId, options = {}) {
        return walkPages((page, pageSize) => this.listAgents(sessionId, { page, pageSize }), options.pageSize ?? 100);
    }
    /** One agent. */
    getAgent(sessionId, agentId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
            headers: { 'If-None-Match': options.ifNoneMatch },
        }, readRecord(agentMembers));
    }
    /** Change an agent; what is left out stays. */
    updateAgent(sessionId, agentId, options = {}) {
        return this.send({
            method: 'PUT',
            target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
            body: {
                state: options.state,
                conversation_manager_state: options.conversationManagerState,
                internal_state: options.internalState,
            },
            headers: { 'If-Match': options.ifMatch },
        }, readRecord(agentMembers));
    }
    /** Delete an agent with its messages. */
    deleteAgent(sessionId, agentId, options = {}) {
        return this.send({
            method: 'DELETE',
            target: pathOf('/api/v1/sessions/{}/agents/{}', sessionId, agentId),
            headers: { 'If-Match': options.ifMatch },
        }, readNothing);
    }
    /** Session, agent and messages in one view; `offset` may be "removed": behind the dropped ones. */
    restore(sessionId, agentId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/agents/{}/restore', sessionId, agentId),
            query: { offset: options.offset },
        }, readRestored(sessionMembers, agentMembers, messageMembers));
    }
    /** Append a message. */
    createMessage(sessionId, agentId, messageId, message, options = {}) {
        return this.send({
            method: 'POST',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
            body: {
                message_id: messageId,
                message: message,
                redact_message: options.redactMessage,
                created_at: options.createdAt,
            },
        }, readRecord(messageMembers));
    }
    /** Append several messages (bodies as of create_message), all or none. */
    createMessages(sessionId, agentId, messages) {
        return this.send({
            method: 'POST',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
            body: messages,
        }, readList('messages', messageMembers));
    }
    /** Messages by number: by `offset` and `limit` (no limit: all of them), or by `page` and `page_size`. */
    listMessages(sessionId, agentId, options = {}) {
        return this.send({
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
        }, readPage('messages', messageMembers));
    }
    /** All messages of an agent, by number. */
    iterMessages(sessionId, agentId, options = {}) {
        return walkOffset((offset, limit) => this.listMessages(sessionId, agentId, { offset, limit, total: false, order: options.order }), options.pageSize ?? 100);
    }
    /** One message. */
    getMessage(sessionId, agentId, messageId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
            headers: { 'If-None-Match': options.ifNoneMatch },
        }, readRecord(messageMembers));
    }
    /** Change or redact a message; what is left out stays. */
    updateMessage(sessionId, agentId, messageId, options = {}) {
        return this.send({
            method: 'PUT',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
            body: { message: options.message, redact_message: options.redactMessage },
            headers: { 'If-Match': options.ifMatch },
        }, readRecord(messageMembers));
    }
    /** Delete one message. */
    deleteMessage(sessionId, agentId, messageId, options = {}) {
        return this.send({
            method: 'DELETE',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages/{}', sessionId, agentId, messageId),
            headers: { 'If-Match': options.ifMatch },
        }, readNothing);
    }
    /** Rewind: delete the messages numbered `first_message_id` and above; gives how many there were. */
    deleteMessagesFrom(sessionId, agentId, firstMessageId) {
        return this.send({
            method: 'DELETE',
            target: pathOf('/api/v1/sessions/{}/agents/{}/messages', sessionId, agentId),
            query: { from: firstMessageId },
        }, readCount('deleted'));
    }
    /** Store the state of a graph or swarm. */
    createMultiAgent(sessionId, multiAgentId, state, options = {}) {
        return this.send({
            method: 'POST',
            target: pathOf('/api/v1/sessions/{}/multi_agents', sessionId),
            body: { multi_agent_id: multiAgentId, state: state, created_at: options.createdAt },
        }, readRecord(multiAgentMembers));
    }
    /** One page of a session's graphs and swarms, oldest first. */
    listMultiAgents(sessionId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/multi_agents', sessionId),
            query: { page: options.page, page_size: options.pageSize, total: options.total },
        }, readPage('multi_agents', multiAgentMembers));
    }
    /** All graphs and swarms of a session, oldest first. */
    iterMultiAgents(sessionId, options = {}) {
        return walkPages((page, pageSize) => this.listMultiAgents(sessionId, { page, pageSize }), options.pageSize ?? 100);
    }
    /** The state of one graph or swarm. */
    getMultiAgent(sessionId, multiAgentId, options = {}) {
        return this.send({
            method: 'GET',
            target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
            headers: { 'If-None-Match': options.ifNoneMatch },
        }, readRecord(multiAgentMembers));
    }
    /** Replace the state of a graph or swarm. */
    updateMultiAgent(sessionId, multiAgentId, options = {}) {
        return this.send({
            method: 'PUT',
            target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
            body: { state: options.state },
            headers: { 'If-Match': options.ifMatch },
        }, readRecord(multiAgentMembers));
    }
    /** Delete the state of a graph or swarm. */
    deleteMultiAgent(sessionId, multiAgentId, options = {}) {
        return this.send({
            method: 'DELETE',
            target: pathOf('/api/v1/sessions/{}/multi_agents/{}', sessionId, multiAgentId),
            headers: { 'If-Match': options.ifMatch },
        }, readNothing);
    }
    /** Store bytes under a key; gives their ETag. */
    putObject(key, data, options = {}) {
        return this.send({
            method: 'PUT',
            target: storagePath(key),
            data: data,
            headers: { 'Content-Type': options.contentType, 'If-Match': options.ifMatch, 'If-None-Match': options.ifNoneMatch },
        }, readEtag);
    }
    /** The bytes under a key, with type and ETag. */
    getObject(key, options = {}) {
        return this.send({ method: 'GET', target: storagePath(key), headers: { 'If-None-Match': options.ifNoneMatch } }, readObject);
    }
    /** Type and ETag of a key; the data is left empty. */
    headObject(key) {
        return this.send({ method: 'HEAD', target: storagePath(key) }, readObject);
    }
    /** Delete a key, there or not. */
    deleteObject(key, options = {}) {
        return this.send({
            method: 'DELETE',
            target: storagePath(key),
            headers: { 'If-Match': options.ifMatch, 'If-None-Match': options.ifNoneMatch },
        }, readNothing);
    }
    /** Keys in byte order; without a `limit` all of them. */
    listKeys(options = {}) {
        return this.send({
            method: 'GET',
            target: '/api/v1/storage',
            query: { prefix: options.prefix, start_after: options.startAfter, limit: options.limit },
        }, readKeys);
    }
    /** All keys that begin with `prefix`, in byte order. */
    iterKeys(options = {}) {
        return walkKeys((startAfter, limit) => this.listKeys({ startAfter, limit, prefix: options.prefix }), options.pageSize ?? 100);
    }
    /** Delete the keys that begin with `prefix`, which may not be empty; gives how many there were. */
    deleteKeys(prefix) {
        return this.send({ method: 'DELETE', target: '/api/v1/storage', query: { prefix: prefix } }, readCount('deleted'));
    }
    /** Does the service run? */
    health() {
        return this.send({ method: 'GET', target: '/health', repeat: false }, readJson);
    }
    /** Does the service run? (the liveness probe) */
    healthLive() {
        return this.send({ method: 'GET', target: '/health/live', repeat: false }, readJson);
    }
    /** Can it use its database? */
    healthDb() {
        return this.send({ method: 'GET', target: '/health/db', repeat: false }, readJson);
    }
    /** Can it take requests? (the readiness probe) */
    healthReady() {
        return this.send({ method: 'GET', target: '/health/ready', repeat: false }, readJson);
    }
    /** Counters in JSON. */
    healthMetrics() {
        return this.send({ method: 'GET', target: '/health/metrics', repeat: false }, readJson);
    }
    /** Counters in the Prometheus text format. */
    metrics() {
        return this.send({ method: 'GET', target: '/metrics' }, readText);
    }
    /** The description of the API. */
    openapi() {
        return this.send({ method: 'GET', target: '/openapi.json' }, readJson);
    }
}
