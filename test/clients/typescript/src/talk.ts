// A process of its own that talks as an agent: talk.js SESSION [WORDS...]. Prints its state before and after.

import { makeAgent, stateOf } from './support.js'

const [sessionId = '', ...words] = process.argv.slice(2)
const { agent } = await makeAgent(sessionId, words.map((one) => `answer to ${one}`))
const before = stateOf(agent)
for (const one of words) {
  agent.appState.set('last', one)
  agent.appState.set('deep', { ключ: [1.5, null, '\u0000 \ud83d', { empty: {} }] })
  await agent.invoke(one)
}
console.log(JSON.stringify({ before, after: stateOf(agent) }))
