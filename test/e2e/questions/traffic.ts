import { expect } from 'vitest'
import { keepAliveClient } from '../../kit/clients.ts'
import { eventually } from '../../kit/eventually.ts'
import { runOpenLoad } from '../../kit/load.ts'
import type { Prometheus } from '../../kit/prometheus.ts'
import { type Access, type Nginx, type Server, startNginx } from '../../kit/servers.ts'

/** What the server and those around it did, by the server's access log. */
export interface Truth {
  /** Since the agent runs. */
  all: readonly Access[]
  /** Since Prometheus has seen every series: what `rate` can tell. */
  measured: readonly Access[]
  server: number
  upstream: number
  /** Orders that are not answered for as long as the tests last. */
  held: number
  /** The time in which the client of `/fast` had 99 of 100 answers. */
  fastP99Ms: number
}

/** Orders that are not answered. */
const HELD = 3

/** Starts a server that hands `/orders/` on to another one and answers the rest itself. */
export function startShop(upstream: number): Promise<Nginx> {
  return startNginx({
    files: { 'big.bin': Buffer.alloc(200_000) },
    server: `
      location = /fast { add_header Content-Type text/plain; return 200 "fast"; }
      location = /pay { if ($arg_broke) { return 503 "no"; } return 200 "paid"; }
      location /orders/ { proxy_pass http://127.0.0.1:${upstream}/slow/$arg_ms; }`,
  })
}

/** A little of everything, so that every series of the servers is there. */
async function warmUp(origin: string): Promise<void> {
  await sendAll(origin, ['/fast', ...pathsOf(5)])
  await giveUp(origin, 1)
}

/**
 * Requests of every sort; orders take 35, 150 or 350 ms, some are given up after 300 ms. Returns the
 * time in which 99 of 100 answers to `/fast` were there.
 */
async function ask(origin: string): Promise<number> {
  const [{ latencyMs }] = await Promise.all([
    runOpenLoad({ url: `${origin}/fast`, rps: 150, seconds: 10, connections: 4 }),
    sendAll(origin, pathsOf(400)),
    giveUp(origin, 5),
  ])
  return latencyMs.p99
}

function pathsOf(orders: number): string[] {
  const payments = Math.ceil(orders / 4)
  return [
    ...Array.from({ length: orders }, (_, i) => `/orders/${i}?ms=${delayOf(i)}`),
    ...Array.from({ length: payments }, (_, i) => (i % 4 === 0 ? '/pay?broke=1' : '/pay')),
    ...Array.from({ length: Math.ceil(orders / 40) }, () => '/big.bin'),
  ]
}

/** Of 50 orders 29 take little time, 20 more and one long. */
function delayOf(i: number): number {
  if (i % 50 === 0) return 350
  return i % 5 < 2 ? 150 : 35
}

async function sendAll(origin: string, paths: readonly string[]): Promise<void> {
  const clients = Array.from({ length: 8 }, () => keepAliveClient(origin))
  const waiting = [...paths]
  await Promise.all(
    clients.map(async (client) => {
      for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
        await client.send(path)
      }
      client.close()
    }),
  )
}

async function giveUp(origin: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const signal = AbortSignal.timeout(300)
    await fetch(`${origin}/orders/7?ms=3000`, { signal }).catch(() => {})
  }
}

/** The access log, once Prometheus has all of it, seen from every end. */
async function everythingScraped({ query }: Prometheus, nginx: Nginx): Promise<Access[]> {
  return eventually(
    async () => {
      const log = nginx.accessLog()
      const port = `server_port="${nginx.port}"`
      for (const series of [
        `http_server_request_duration_seconds_count{job="nginx",${port}}`,
        `http_client_request_duration_seconds_count{${port}}`,
      ]) {
        const [total] = await query(`sum(${series})`)
        expect(total?.value).toBe(log.length)
      }
      return log
    },
    { timeoutMs: 20_000, intervalMs: 250 },
  )
}

/** Waits until those that are held have been in flight for as long as it takes to be told. */
async function heldAreTold({ query }: Prometheus): Promise<void> {
  await eventually(
    async () => {
      const [held] = await query('sum(http_server_active_requests{job="nginx"})')
      expect(held?.value).toBe(HELD)
    },
    { timeoutMs: 20_000, intervalMs: 250 },
  )
}

/** A little traffic of every sort, so that every series is there, and then what is measured. */
export async function makeTraffic(
  prometheus: Prometheus,
  nginx: Nginx,
  upstream: Server,
): Promise<Truth> {
  const origin = `http://127.0.0.1:${nginx.port}`
  await warmUp(origin)
  const before = await everythingScraped(prometheus, nginx)
  for (let i = 0; i < HELD; i++) void fetch(`${origin}/orders/7?ms=120000`).catch(() => {})
  const fastP99Ms = await ask(origin)
  const all = await everythingScraped(prometheus, nginx)
  await heldAreTold(prometheus)
  const measured = all.slice(before.length)
  return { all, measured, server: nginx.port, upstream: upstream.port, held: HELD, fastP99Ms }
}
