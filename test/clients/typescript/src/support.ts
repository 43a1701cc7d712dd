// What the tests share: a scripted model, programs of their own, and lines of TAP.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { Agent, Model, SessionManager } from '@strands-agents/sdk'
import type { BaseModelConfig, Message, ModelStreamEvent } from '@strands-agents/sdk'
import { SessionBackendStorage } from 'session-backend-client'

export const url = required('SERVER_URL')
export const project = required('PROJECT')

export function required(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

export function newId(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 13)}`
}

/** Says what its script says, a turn a call; "REDACT" takes the user's message back. */
export class ScriptedModel extends Model<BaseModelConfig> {
  constructor(readonly script: string[]) {
    super()
  }

  updateConfig(): void {}

  getConfig(): BaseModelConfig {
    return {}
  }

  async *stream(_messages: Message[]): AsyncIterable<ModelStreamEvent> {
    const turn = this.script.shift() ?? 'as you say'
    yield { type: 'modelMessageStartEvent', role: 'assistant' }
    if (turn === 'REDACT') yield { type: 'modelRedactionEvent', inputRedaction: { replaceContent: '[taken back]' } }
    yield { type: 'modelContentBlockStartEvent' }
    yield { type: 'modelContentBlockDeltaEvent', delta: { type: 'textDelta', text: turn } }
    yield { type: 'modelContentBlockStopEvent' }
    yield { type: 'modelMessageStopEvent', stopReason: 'endTurn' }
  }
}

/** An agent on the service, restored when it is there. */
export async function makeAgent(
  sessionId: string,
  script: string[],
  storage = new SessionBackendStorage(url),
  snapshots = false
): Promise<{ agent: Agent; manager: SessionManager }> {
  const manager = new SessionManager({
    sessionId,
    storage,
    saveLatestOn: 'message',
    snapshotTrigger: () => snapshots,
  })
  const agent = new Agent({ id: 'ann', model: new ScriptedModel(script), sessionManager: manager, printer: false })
  await agent.initialize()
  return { agent, manager }
}

export function texts(agent: Agent): string[] {
  return agent.messages.map((message) => message.content.map((block) => ('text' in block ? block.text : '?')).join(' '))
}

/** All that a restart has to bring back. */
export function stateOf(agent: Agent): unknown {
  return JSON.parse(JSON.stringify({ messages: agent.messages, state: agent.appState.getAll() }))
}

/** Runs talk.js in a process of its own; gives the JSON it prints. */
export async function talk(...args: string[]): Promise<unknown> {
  const program = fileURLToPath(new URL('talk.js', import.meta.url))
  return JSON.parse(await run(process.execPath, [program, ...args]))
}

export async function run(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`)
  return output
}

/** A piece of shell with the functions of test/lib/server.bash; what it starts outlives it. */
export async function control(script: string): Promise<void> {
  const source = `source "$PROJECT/test/lib/server.bash"; set -euo pipefail; exec >>"$SERVER_DIR/control.log" 2>&1; ${script}`
  const child = spawn('bash', ['-c', source], { stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
}

/** A proxy that breaks every second request in rotation, while work runs. */
export async function withProxy<T>(faults: string, work: (url: string) => Promise<T>): Promise<T> {
  const program = `${project}/test/clients/python/proxy.py`
  const child = spawn('python3', [program, required('SERVER_PORT'), faults], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    return await work(`http://127.0.0.1:${port}`)
  } finally {
    child.stdin.end()
    await once(child, 'close')
  }
}

let failures = 0

/** One line of TAP a test, what went wrong in comments below it. */
export async function test(name: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now()
  try {
    await work()
    console.log(`ok typescript: ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failures += 1
    console.log(`not ok typescript: ${name}`)
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    for (let at: unknown = error; at instanceof Error; at = at.cause) console.log(`# ${at.message.split('\n')[0]}`)
    console.log(text.replace(/^/gm, '# '))
  }
}

export function finish(): void {
  process.exitCode = failures > 0 ? 1 : 0
}
