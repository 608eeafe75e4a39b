import { expect } from 'vitest'
import type { Sample } from '../../kit/prometheus.ts'
import type { Access } from '../../kit/servers.ts'
import {
  countOf,
  expectQuantile,
  expectRate,
  shareOf,
  SLACK,
  valueOf,
  WINDOW,
} from './comparing.ts'
import type { Truth } from './traffic.ts'

const isOrder = ({ uri }: Access): boolean => uri.startsWith('/orders/')
const isFast = ({ uri }: Access): boolean => uri === '/fast'
const isBig = ({ uri }: Access): boolean => uri === '/big.bin'
const isPay = ({ uri }: Access): boolean => uri.startsWith('/pay')
/** The program that makes the even load; its name has a hash behind it. */
const isLoad = ({ labels }: Sample): boolean => labels['job']!.startsWith('openload')
/** What nginx says of a request whose client went away. */
const isGivenUp = ({ status }: Access): boolean => status === 499
/** What counts as failed for the server: a status from 500 on, or none. */
export const isFailed = ({ status }: Access): boolean => status >= 499
const ROUTES: [string, (access: Access) => boolean][] = [
  ['/fast', isFast],
  ['/orders/*', isOrder],
  ['/pay', isPay],
  ['/big.bin', isBig],
]

type Check = (samples: Sample[], truth: Truth) => void

/** By service: nginx as its log says; the server behind it as its orders do. */
function quantileByService(q: number): Check {
  return (samples, { measured, fastP99Ms }) => {
    const client = q > 0.5 ? 0 : fastP99Ms
    expectQuantile(valueOf(samples, { job: 'nginx' }), q, measured, client)
    expectQuantile(valueOf(samples, { job: 'http_server' }), q, measured.filter(isOrder))
  }
}

function quantileByRoute(q: number): Check {
  return (samples, { measured, fastP99Ms }) => {
    const valueAt = (route: string): number => valueOf(samples, { job: 'nginx', http_route: route })
    expectQuantile(valueAt('/orders/*'), q, measured.filter(isOrder))
    expectQuantile(valueAt('/fast'), q, measured.filter(isFast), fastP99Ms)
  }
}

/** What the answer to each question has to be. */
export const CHECKS: Record<string, Check> = {
  'How many requests has each service answered?': (samples, { all }) => {
    for (const status of [200, 503, 499]) {
      // Who goes away gets no status.
      const label = status === 499 ? undefined : String(status)
      const value = valueOf(samples, { job: 'nginx', http_response_status_code: label })
      expect(value).toBe(countOf(all, (access) => access.status === status))
    }
    const answered = countOf(all, (access) => isOrder(access) && !isGivenUp(access))
    expect(valueOf(samples, { job: 'http_server', http_response_status_code: '200' })).toBe(
      answered,
    )
  },
  'How many requests a second does each service get?': (samples, { measured }) => {
    expectRate(valueOf(samples, { job: 'nginx' }), measured.length)
    expectRate(valueOf(samples, { job: 'http_server' }), countOf(measured, isOrder))
  },
  'How many requests are in flight?': (samples, { held }) => {
    expect(valueOf(samples, { job: 'nginx' })).toBe(held)
    expect(valueOf(samples, { job: 'http_server' })).toBe(held)
  },
  'Which routes get most requests?': (samples, { measured }) => {
    for (const [route, test] of ROUTES) {
      const value = valueOf(samples, { job: 'nginx', http_route: route })
      expectRate(value, countOf(measured, test))
    }
    const ours = samples.filter(({ labels }) => labels['job'] === 'nginx')
    expect(ours.slice(0, 2).map(({ labels }) => labels['http_route'])).toEqual([
      '/fast',
      '/orders/*',
    ])
  },
  'Who sends most requests?': (samples, { measured }) => {
    const [load] = samples.filter(isLoad)
    expectRate(load!.value, countOf(measured, isFast), SLACK.newClient)
    expectRate(valueOf(samples, { job: 'nginx' }), countOf(measured, isOrder))
  },
  'Who sends most bytes?': (samples, { measured }) => {
    const sent = measured.reduce((sum, { bodyBytesSent }) => sum + bodyBytesSent, 0)
    expectRate(valueOf(samples, { job: 'nginx' }), sent, 420_000)
    expect(samples[0]?.labels['job']).toBe('nginx')
  },
  'Who calls whom?': (samples, { measured, server, upstream }) => {
    const at = (port: number) => ({ server_address: '127.0.0.1', server_port: String(port) })
    const orders = countOf(measured, isOrder)
    const fast = countOf(measured, isFast)
    expectRate(valueOf(samples, { job: 'nginx', ...at(upstream) }), orders, 8)
    const callers = samples.filter(({ labels }) => labels['server_port'] === String(server))
    expect(callers).toHaveLength(2)
    for (const caller of callers) {
      if (isLoad(caller)) expectRate(caller.value, fast, SLACK.newClient)
      else expectRate(caller.value, measured.length - fast)
    }
  },
  'What share of its requests does each service fail?': (samples, { measured }) => {
    expect(valueOf(samples, { job: 'nginx' })).toBeCloseTo(shareOf(measured, isFailed), 2)
    const orders = measured.filter(isOrder)
    expect(valueOf(samples, { job: 'http_server' })).toBeCloseTo(shareOf(orders, isGivenUp), 2)
  },
  'Which routes fail most?': (samples, { measured }) => {
    for (const [route, test] of ROUTES.filter(([, of]) => of === isPay || of === isOrder)) {
      const share = shareOf(measured.filter(test), isFailed)
      expect(valueOf(samples, { job: 'nginx', http_route: route })).toBeCloseTo(share, 1)
    }
    const first = samples.find(({ labels }) => labels['job'] === 'nginx')
    expect(first?.labels['http_route']).toBe('/pay')
  },
  'Which errors are there?': (samples, { measured }) => {
    const broke = valueOf(samples, { job: 'nginx', http_route: '/pay', error_type: '503' })
    expectRate(
      broke / WINDOW,
      countOf(measured, (access) => isPay(access) && isFailed(access)),
    )
    const orders = samples.filter(({ labels: { job, http_route: route } }) => {
      return job === 'nginx' && route === '/orders/*'
    })
    const givenUp = orders.reduce((sum, { value }) => sum + value, 0)
    expectRate(givenUp / WINDOW, countOf(measured, isGivenUp), SLACK.few)
  },
  'What share of its calls fails for each caller?': (samples, { measured, server, upstream }) => {
    const orders = measured.filter(isOrder)
    const behind = valueOf(samples, { job: 'nginx', server_port: String(upstream) })
    expect(behind).toBeCloseTo(shareOf(orders, isGivenUp), 2)
    // The load has no failures, so it is not among them.
    const ours = measured.filter((access) => !isFast(access))
    expect(valueOf(samples, { server_port: String(server) })).toBeCloseTo(
      shareOf(ours, isFailed),
      2,
    )
  },
  'Which requests were not answered?': (samples, { measured }) => {
    const ours = samples.filter(({ labels }) => labels['job'] === 'nginx')
    const count = ours.reduce((sum, { value }) => sum + value, 0)
    expectRate(count / WINDOW, countOf(measured, isGivenUp), SLACK.few)
  },
  'Which service is slow?': (samples, { measured }) => {
    expectQuantile(valueOf(samples, { job: 'nginx' }), 0.95, measured)
    const ours = samples.map(({ labels }) => labels['job'])
    expect(ours.indexOf('http_server')).toBeLessThan(ours.indexOf('nginx'))
  },
  'In what time does each service answer half of its requests?': quantileByService(0.5),
  'In what time does each service answer 95 of 100 requests?': quantileByService(0.95),
  'In what time does each service answer 99 of 100 requests?': quantileByService(0.99),
  'In what time is half of the requests of each route answered?': quantileByRoute(0.5),
  'In what time are 95 of 100 requests of each route answered?': quantileByRoute(0.95),
  'In what time are 99 of 100 requests of each route answered?': quantileByRoute(0.99),
  'How long does a request of each route take on average?': (samples, { measured }) => {
    const orders = measured.filter(isOrder)
    const mean = orders.reduce((sum, { requestTimeMs: ms }) => sum + ms, 0) / orders.length
    const value = valueOf(samples, { job: 'nginx', http_route: '/orders/*' }) * 1000
    expect(Math.abs(value - mean), `${value} and ${mean} ms`).toBeLessThan(3 + mean * 0.1)
  },
  'What share of its requests does each service answer in time?': (samples, { measured }) => {
    const share = shareOf(measured, ({ requestTimeMs }) => requestTimeMs <= 250)
    expect(valueOf(samples, { job: 'nginx' })).toBeCloseTo(share, 2)
  },
  'How long does each service wait for those that it calls?': (samples, { measured, upstream }) => {
    const value = valueOf(samples, { job: 'nginx', server_port: String(upstream) })
    expectQuantile(value, 0.95, measured.filter(isOrder))
  },
  'How much longer does a request take for the client than for the server?': (samples, truth) => {
    const difference = valueOf(samples, { server_port: String(truth.server) })
    // Both ends are on one machine, with nothing between them.
    expect(Math.abs(difference)).toBeLessThan(0.01)
  },
}
