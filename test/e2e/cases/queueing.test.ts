import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, expectUnordered } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import type { SpanView } from '../../kit/otlp.ts'
import { freePort } from '../../kit/processes.ts'
import { runPython, startPython } from '../../kit/servers.ts'

cleansUp({ alone: true })

/** Seconds from a request's arrival in the kernel until the server read it. */
const QUEUED = 'waggle.http.server.queue_duration'

describe.skipIf(!runsAgent())('the time that a request waits in the kernel', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  /** Three requests on one connection, to a server that reads each so much later than it could. */
  async function spansWith(late: number): Promise<{ clients: SpanView[]; servers: SpanView[] }> {
    const port = await freePort()
    const serving = await startPython('serving.py', ['127.0.0.1', `${port}`, '--late', `${late}`])
    await serving.waitForPort(port)
    const { stdout } = await runPython('asking.py', ['127.0.0.1', `${port}`, '1', '1', '3'])
    const expected = stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [path, ...body] = line.split(' ')
        return exchange(path!, { received: body.join(' ').length })
      })
    return expectUnordered(agent, port, expected)
  }

  it('is said of the server, for each request of a connection', async () => {
    const { clients, servers } = await spansWith(0.3)
    for (const { attributes, attributeTypes, startNs, endNs } of servers) {
      expect(attributeTypes[QUEUED]).toBe('double')
      expect(attributes[QUEUED]).toBeGreaterThan(0.29)
      expect(attributes[QUEUED]).toBeLessThan(Number(endNs - startNs) / 1e9)
      expect(attributes[QUEUED]).toBeLessThan(0.4)
    }
    for (const { attributes } of clients) expect(attributes).not.toHaveProperty(QUEUED)
  })

  it('is short or not said where the server reads at once', async () => {
    const { servers } = await spansWith(0)
    for (const { attributes } of servers) {
      expect(Number(attributes[QUEUED] ?? 0)).toBeLessThan(0.1)
    }
  })
})
