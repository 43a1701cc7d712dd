// The TypeScript client with the real SDK on the real service.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { StorageError } from '@strands-agents/sdk'
import type { Storage } from '@strands-agents/sdk'
import {
  BadRequestError,
  ConflictError,
  NotFoundError,
  NotOurServerError,
  PreconditionFailedError,
  SessionBackendClient,
  SessionBackendError,
  SessionBackendStorage,
  UnavailableError,
} from 'session-backend-client'

import { control, finish, makeAgent, newId, required, stateOf, talk, test, texts, url, withProxy } from './support.js'

const faults = 'before,after,cut,503'
const client = new SessionBackendClient(url, { retries: 0 }) // a service that is well needs no second attempt
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const storage: Storage = new SessionBackendStorage(url, { retries: 0 }) // what the SDK takes is what it is

function message(number: number): { message_id: number; message: Record<string, unknown> } {
  return { message_id: number, message: { role: 'user', content: [{ text: `message ${number}` }] } }
}

await test('an agent comes back in a new process', async () => {
  const id = newId('talk')
  const first = (await talk(id, 'hello', 'how are you?')) as { before: { messages: unknown[] }; after: unknown }
  const second = (await talk(id, 'again')) as { before: unknown; after: { messages: unknown[] } }
  assert.deepEqual(first.before.messages, [])
  assert.deepEqual(second.before, first.after)
  assert.equal(second.after.messages.length, 6)
  assert.deepEqual(((await talk(id)) as { before: unknown }).before, second.after)
})

await test('checkpoints are kept, restored and deleted with the session', async () => {
  const id = newId('checkpoints')
  const { agent, manager } = await makeAgent(id, ['one', 'two', 'three'], undefined, true)
  for (const words of ['first', 'second', 'third']) await agent.invoke(words)
  const ids = await manager.listSnapshotIds({ target: agent })
  assert.equal(ids.length, 3)
  assert.ok(ids[0] !== undefined)
  assert.ok(await manager.restoreSnapshot({ target: agent, snapshotId: ids[0] }))
  assert.deepEqual(texts(agent), ['first', 'one'])
  assert.ok((await storage.list('')).some((key) => key.includes(id)))
  await manager.deleteSession()
  assert.ok(!(await storage.list('')).some((key) => key.includes(id)))
})

await test('a redaction is stored and the old text gone', async () => {
  const id = newId('redact')
  const { agent } = await makeAgent(id, ['welcome', 'REDACT'])
  await agent.invoke('good morning')
  await agent.invoke('my secret is 4711')
  const restored = await makeAgent(id, [])
  assert.deepEqual(stateOf(restored.agent), stateOf(agent))
  const keys = (await storage.list('')).filter((key) => key.includes(id))
  assert.ok(keys.length > 0)
  for (const key of keys) assert.ok(!new TextDecoder().decode((await storage.read(key)) ?? undefined).includes('4711'))
})

await test('a conversation ends complete when every second request is broken', async () => {
  const id = newId('faults')
  const said = await withProxy(faults, async (proxy) => {
    const options = { retries: 12 }
    for (const half of ['a', 'b']) {
      const { agent } = await makeAgent(id, ['x', 'y', 'z'], new SessionBackendStorage(proxy, options))
      for (const words of ['1', '2', '3']) await agent.invoke(half + words)
    }
    return (await makeAgent(id, [], new SessionBackendStorage(proxy, options))).agent
  })
  const expected = ['a1', 'x', 'a2', 'y', 'a3', 'z', 'b1', 'x', 'b2', 'y', 'b3', 'z']
  assert.deepEqual(texts(said), expected)
  assert.deepEqual(texts((await makeAgent(id, [])).agent), expected)
})

await test('write, read, delete, list and namespaces', async () => {
  const mine = storage.namespace?.(newId('storage')) ?? assert.fail()
  assert.equal(await mine.read('a/b'), null)
  const big = new Uint8Array(3_000_000).fill(7)
  for (const data of [new Uint8Array(), new Uint8Array([0, 255]), big]) {
    await mine.write('a/b', data)
    assert.deepEqual(await mine.read('a/b'), data)
  }
  await mine.write('a/c d%/é', bytes('x'))
  await mine.write('/ab/', bytes('x'))
  assert.deepEqual(await mine.list(''), ['a/b', 'a/c d%/é', 'ab'])
  assert.deepEqual(await mine.list('a/'), ['a/b', 'a/c d%/é'])
  assert.deepEqual(await mine.namespace?.('a').list(''), ['b', 'c d%/é'])
  await mine.delete('a/b')
  await mine.delete('a/b')
  assert.equal(await mine.read('a/b'), null)
  for (const wrong of ['', 'a/../b', 'a\nb']) await assert.rejects(mine.write(wrong, bytes('')), StorageError)
})

await test('the recorded operations of both SDKs', async () => {
  for (const language of ['python', 'typescript']) {
    const mine = storage.namespace?.(newId(language)) ?? assert.fail()
    const model = new Map<string, Uint8Array>()
    const lines = readFileSync(`${required('TEST_DATA')}/snapshots_${language}.ndjson`, 'utf8').trim().split('\n')
    for (const line of lines) {
      const step = JSON.parse(line) as { op: string; key: string; body_base64?: string }
      if (step.op === 'write') {
        const data = new Uint8Array(Buffer.from(step.body_base64 ?? '', 'base64'))
        model.set(step.key, data)
        await mine.write(step.key, data)
      } else if (step.op === 'read') {
        assert.deepEqual(await mine.read(step.key), model.get(step.key) ?? null)
      } else if (step.op === 'delete') {
        model.delete(step.key)
        await mine.delete(step.key)
      } else {
        assert.deepEqual(await mine.list(step.key), [...model.keys()].filter((key) => key.startsWith(step.key)).sort())
      }
    }
    assert.equal(model.size, 1)
  }
})

await test('compare and set, also when answers are lost', async () => {
  const name = newId('cas')
  const [mine, other] = [1, 2].map(() => new SessionBackendStorage(url, { compareAndSet: true }).namespace(name))
  assert.ok(mine && other)
  assert.equal(await mine.read('k'), null)
  await other.write('k', bytes('other'))
  await assert.rejects(mine.write('k', bytes('mine')), /another process wrote/)
  assert.deepEqual(await mine.read('k'), bytes('other'))
  await mine.write('k', bytes('mine'))
  await assert.rejects(other.delete('k'), /another process wrote/)
  assert.equal(await mine.read('new'), null)
  await other.write('new', bytes('other'))
  await assert.rejects(mine.delete('new'), /another process wrote/)
  await withProxy('after', async (proxy) => {
    const lossy = new SessionBackendStorage(proxy, { compareAndSet: true }).namespace(name)
    await lossy.read('k')
    for (let number = 0; number < 4; number += 1) await lossy.write('k', bytes(`${number}`))
  })
  assert.deepEqual(await other.read('k'), bytes('3'))
})

await test('the whole API', async () => {
  const id = `${newId('api')} %?#é/`.replace('/', '')
  const session = await client.createSession(id, { createdAt: '2001-02-03T04:05:06Z' })
  assert.equal(session.created_at, '2001-02-03T04:05:06.000000+00:00')
  await assert.rejects(client.createSession(id, { multiAgentState: {} }), ConflictError)
  await client.createAgent(id, 'ann', { a: 1 }, { removed_message_count: 1 })
  await client.createMessage(id, 'ann', 0, message(0).message)
  await client.createMessages(id, 'ann', Array.from({ length: 249 }, (_, n) => message(n + 1)))
  const numbers: number[] = []
  for await (const one of client.iterMessages(id, 'ann')) numbers.push(one.message_id)
  assert.deepEqual(numbers, [...Array(250).keys()])
  const restored = await client.restore(id, 'ann', { offset: 'removed' })
  assert.deepEqual([restored.total, restored.offset, restored.messages.length], [250, 1, 249])
  assert.deepEqual(restored.agent.state, { a: 1 })
  const agent = await client.getAgent(id, 'ann')
  const changed = await client.updateAgent(id, 'ann', { state: {}, ifMatch: agent.etag })
  await assert.rejects(client.updateAgent(id, 'ann', { state: {}, ifMatch: agent.etag }), PreconditionFailedError)
  assert.notEqual(changed.etag, agent.etag)
  assert.equal(await client.deleteMessagesFrom(id, 'ann', 200), 50)
  await client.forkSession(id, `${id}-copy`, { until: { ann: 9 } })
  assert.equal((await client.listMessages(`${id}-copy`, 'ann', { offset: 0, limit: 0 })).total, 10)
  await client.createMultiAgent(id, 'graph', { x: 1 })
  assert.deepEqual((await client.getMultiAgent(id, 'graph')).state, { x: 1 })
  const found: string[] = []
  for await (const one of client.iterSessions({ prefix: id, pageSize: 1 })) found.push(one.session_id)
  assert.deepEqual(found, [`${id}-copy`, id])
  await client.deleteSession(id)
  await assert.rejects(client.getSession(id), NotFoundError)
  assert.equal((await client.health())['status'], 'healthy')
})

await test('each call has the result of having been sent once', async () => {
  const id = newId('once')
  await withProxy(faults, async (proxy) => {
    const broken = new SessionBackendClient(proxy, { retries: 12 })
    await broken.createSession(id)
    await broken.createAgent(id, 'ann', {}, {})
    for (let number = 0; number < 6; number += 1) await broken.createMessage(id, 'ann', number, message(number).message)
    await broken.deleteMessage(id, 'ann', 5)
  })
  assert.equal((await client.listMessages(id, 'ann', { offset: 0 })).items.length, 5)
})

await test('the token is sent, and Retry-After honoured', async () => {
  const seen: { at: number; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    seen.push({ at: performance.now(), authorization: request.headers.authorization })
    if (seen.length === 1) response.writeHead(503, { 'Retry-After': '1' }).end()
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"keys":["k"]}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const other = new SessionBackendStorage(`http://127.0.0.1:${port}`, { token: 'secret', retries: 1 })
    assert.deepEqual(await other.list(''), ['k'])
  } finally {
    server.close()
    server.closeAllConnections()
  }
  const [first, second] = seen
  assert.ok(first && second && seen.length === 2)
  assert.deepEqual([first.authorization, second.authorization], ['Bearer secret', 'Bearer secret'])
  assert.ok(second.at - first.at >= 990) // a timer may fire a millisecond early
})

await test('each mistake is one sentence', async () => {
  for (const wrong of ['', 'nonsense', 'ftp://x', 'localhost:8001', 'http://x?y=1']) {
    assert.throws(() => new SessionBackendClient(wrong), BadRequestError)
    assert.throws(() => new SessionBackendStorage(wrong), StorageError)
  }
  assert.throws(() => new SessionBackendClient(url, { token: 'a\nb' }), /no header may hold/)
  await withProxy('html', async (proxy) => {
    const odd = new SessionBackendClient(proxy)
    await odd.health()
    await assert.rejects(odd.getSession('x'), NotOurServerError)
    await odd.health()
    await assert.rejects(odd.deleteSession('x'), NotOurServerError)
  })
  await assert.rejects(new SessionBackendClient(`${url}/elsewhere`).getSession('x'), /is the base URL right/)
  const nobody = new SessionBackendClient('http://127.0.0.1:1', { retries: 0 })
  await assert.rejects(nobody.getSession('x'), UnavailableError)
  await withProxy('slow', async (proxy) => {
    await new SessionBackendClient(proxy).health()
    const hasty = new SessionBackendClient(proxy, { timeout: 200, retries: 0 })
    await assert.rejects(hasty.listSessions(), /took too long/)
  })
  await assert.rejects(async () => client.getSession('..'), BadRequestError)
  await assert.rejects(client.headObject(newId('nothing')), NotFoundError)
  await assert.rejects(client.createMessage('nobody', 'ann', -1, {}), /body\.message_id: /)
  assert.ok(new UnavailableError('x') instanceof SessionBackendError)
})

// Last, as what comes right behind them may need a second attempt.
for (const [name, script] of [
  ['the service is restarted', 'expect_restarts; service_end; service_launch; poll 30 service_answers; server_remember_workers'],
  ['the database goes away and comes back', 'expect_errors .; database_stop "$SERVER_DIR" immediate; database_run "$SERVER_DIR"'],
] as const) {
  await test(`a conversation ends complete when ${name}`, async () => {
    const id = newId('outage')
    const { agent } = await makeAgent(id, [], new SessionBackendStorage(url, { retries: 30 }))
    await agent.invoke('before')
    let over = false
    const outage = control(script).finally(() => (over = true))
    const said = ['before', 'as you say']
    for (let number = 0; !over && number < 500; number += 1) {
      await agent.invoke(`question ${number}`)
      said.push(`question ${number}`, 'as you say')
    }
    await outage
    await agent.invoke('after')
    assert.deepEqual(texts((await makeAgent(id, [])).agent), [...said, 'after', 'as you say'])
  })
}

finish()
