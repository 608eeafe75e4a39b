import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cleansUp } from './fixtures.ts'
import { runBurstLoad, runOpenLoad, runWrk, type LoadResult, type OpenLoadResult } from './load.ts'
import { freePort } from './processes.ts'
import { cpuMsOf } from './proc.ts'
import { startNginx } from './servers.ts'

cleansUp()

async function loadWithStall<Result>(load: typeof runOpenLoad | typeof runBurstLoad) {
  const nginx = await startNginx({ accessLog: false })
  const url = `http://127.0.0.1:${nginx.port}/`
  const running = load({ url, rps: 2_000, seconds: 2, connections: 10 })
  await sleep(700)
  const [worker] = nginx.workerPids()
  process.kill(worker!, 'SIGSTOP')
  await sleep(300)
  process.kill(worker!, 'SIGCONT')
  return { result: (await running) as Result, worker: worker! }
}

const refusing = 'location /no { return 503; }'

describe('runOpenLoad', () => {
  it('keeps to its rate through a stall of the server, and counts the waiting', async () => {
    const { result, worker } = await loadWithStall<OpenLoadResult>(runOpenLoad)
    expect(result).toMatchObject({ requests: 4_000, errors: 0, unanswered: 0 })
    expect(result.rps).toBeGreaterThan(1_900)
    expect(result.mostWaiting).toBeGreaterThan(200)
    // 300 of 2000 ms stood still: a tenth of all requests waited at least a part of it.
    expect(result.latencyMs.p99).toBeGreaterThan(100)
    expect(result.latencyMs.p50).toBeLessThan(result.latencyMs.p99)
    expect(result.latencyMs.max).toBeGreaterThan(250)
    expect(cpuMsOf(worker)).toBeGreaterThan(0)
  })

  it('counts answers that are no success as errors', async () => {
    const { port } = await startNginx({ listen: [`[::1]:${await freePort()}`], server: refusing })
    const url = `http://[::1]:${port}/no`
    const result = await runOpenLoad({ url, rps: 100, seconds: 1, connections: 2 })
    expect(result).toMatchObject({ requests: 100, errors: 100 })
  })

  it('goes on over a new connection where the server closes one', async () => {
    const { port } = await startNginx({ server: 'keepalive_requests 10;' })
    const url = `http://127.0.0.1:${port}/`
    const result = await runOpenLoad({ url, rps: 200, seconds: 1, connections: 2 })
    expect(result.requests + result.errors).toBe(200)
    expect(result.requests).toBeGreaterThan(150)
  })
})

describe('runBurstLoad', () => {
  it('keeps to its rate through a stall of the server', async () => {
    const { result } = await loadWithStall<LoadResult>(runBurstLoad)
    expect(result.errors).toBe(0)
    expect(result.requests).toBeGreaterThan(3_800)
    expect(result.requests).toBeLessThanOrEqual(4_010)
    expect(result.latencyMs.max).toBeGreaterThan(250)
  })

  it('counts answers that are no success as errors', async () => {
    const { port } = await startNginx({ server: refusing })
    const url = `http://127.0.0.1:${port}/no`
    const { requests, errors } = await runBurstLoad({ url, rps: 100, seconds: 1, connections: 2 })
    expect(requests).toBeGreaterThan(0)
    expect(errors).toBe(requests)
  })
})

it('drives a server as fast as it goes', async () => {
  const { port, accessLog } = await startNginx()
  const url = `http://127.0.0.1:${port}/`
  const { requests, errors, rps, latencyMs } = await runWrk({ url, seconds: 1, connections: 4 })
  expect(errors).toBe(0)
  expect(rps).toBeGreaterThan(1_000)
  expect(latencyMs.max).toBeGreaterThanOrEqual(latencyMs.mean)
  // Those still on the way when wrk ended are in the log only.
  expect(accessLog().length - requests).toBeLessThanOrEqual(4)
})
