import { startNginx } from '../kit/servers.ts'
import type { Nginx } from '../kit/servers.ts'

/** The CPU, by its number, of the server under load; everything else that is pinned is elsewhere. */
export const SERVER_CPU = 0
/** The CPU of the load. */
export const LOAD_CPU = 1

/** nginx with one worker on a CPU of its own, no log, and an answer of 12 bytes. */
export async function startTarget(): Promise<{ nginx: Nginx; url: string }> {
  const mask = (1 << SERVER_CPU).toString(2)
  const nginx = await startNginx({
    workers: 1,
    accessLog: false,
    main: `worker_cpu_affinity ${mask};`,
    server: 'location / { return 200 "hello world\\n"; }',
  })
  return { nginx, url: `http://127.0.0.1:${nginx.port}/` }
}
