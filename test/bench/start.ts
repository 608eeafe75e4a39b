import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startOtlpSink } from '../kit/otlp_sink.ts'
import { startNodeServer } from '../kit/servers.ts'
import { AgentProcess } from './agent_process.ts'
import { builtWaggle } from './built.ts'
import { spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const QUIET = { allocations: false, profile: undefined }

/**
 * How long it takes from the start of the process until a backend has the first span, while a request
 * is made every 20 ms.
 */
export async function starting(rounds: number): Promise<Figure[]> {
  const { port } = await startNodeServer()
  builtWaggle()
  const seconds: number[] = []
  for (let i = 0; i < rounds; i++) seconds.push(await firstRecord(port))
  return [
    {
      what: 'start of a built checkout to the first record exported, s',
      value: spreadText(seconds, 2),
      bar: '2',
      goal: '1',
    },
  ]
}

async function firstRecord(port: number): Promise<number> {
  const first = Promise.withResolvers<void>()
  const sink = await startOtlpSink({ countOnly: true, onRequest: () => first.resolve() })
  const began = performance.now()
  const asking = new AbortController()
  const asked = ask(port, asking.signal)
  const agent = await AgentProcess.start(sink.port, QUIET, 'spans')
  await first.promise
  const seconds = (performance.now() - began) / 1000
  asking.abort()
  await asked
  await agent.stop()
  await sink.stop()
  return seconds
}

async function ask(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    request({ port, path: '/' }, (answer) => answer.resume())
      .on('error', () => {})
      .end()
    await sleep(20)
  }
}
