import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ArrayDnsObservations, type Lookup } from '../../src/pdata/dns_observations_for_tests.ts'
import { Fed, only, textOf } from './reports_for_tests.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const curl = { pid: 10, comm: 'curl' }
const DNS = only({ 'dns.lookup.duration': 'process', 'waggle.dns.answer.duration': 'process' })

const take = (fed: Fed, ...lookups: Lookup[]): Fed =>
  fed.takeBatch(new ArrayDnsObservations(lookups))

/** `service metric name error server: count`, of each data point. */
function shortLines({ lines }: Fed): string[] {
  return lines.map((line) => {
    const [service, metric, attributes, count] = line.split(' ')
    const of = (key: string): string => new RegExp(`${key}=([^,]*)`).exec(attributes!)?.[1] ?? '-'
    const what = ['dns.question.name', 'error.type', 'server.address'].map(of).join(' ')
    return `${service} ${metric} ${what} ${count}`
  })
}

describe('questions to name servers', () => {
  it('are a histogram by name, error and server, in the buckets of the conventions', () => {
    const fed = new Fed(DNS)
    take(fed, { ...curl, question: 'a.test', ms: 5 }, { ...curl, question: 'a.test', ms: 12_000 })
    take(fed, { ...curl, question: 'b.test', ms: 20, code: 'NXDOMAIN' }).end()
    const ends = 'server.address=10.0.0.53,server.port=53,network.transport=udp,network.type=ipv4'
    expect(fed.lines).toEqual([
      `curl dns.lookup.duration dns.question.name=a.test,${ends} count=2 sum=12.005 [1 0 0 0 0 0 0 0 0 0 0 0 0 0 1]`,
      `curl dns.lookup.duration dns.question.name=b.test,${ends},error.type=NXDOMAIN count=1 sum=0.02 [0 0 1 0 0 0 0 0 0 0 0 0 0 0 0]`,
    ])
  })

  it('are told apart by server, and are one however the name is written', () => {
    const fed = new Fed(DNS)
    take(fed, { ...curl, question: 'A.test' }, { ...curl, question: 'a.TEST' })
    take(fed, { ...curl, question: 'a.test', peer: '[fd00::53]:53', code: '' }).end()
    expect(shortLines(fed)).toEqual([
      'curl dns.lookup.duration a.test - 10.0.0.53 count=2',
      'curl dns.lookup.duration a.test timeout fd00::53 count=1',
    ])
  })

  it('that are answered here are a metric of their own', () => {
    const fed = new Fed(DNS)
    const server = { local: '10.0.0.53:53', peer: '10.0.0.1:40000', role: 'server' } as const
    take(fed, { pid: 11, comm: 'unbound', question: 'a.test', ...server }).end()
    expect(shortLines(fed)).toEqual([
      'unbound waggle.dns.answer.duration a.test - 10.0.0.53 count=1',
    ])
  })

  it('are one series where there are too many names, and names make room when they expire', () => {
    const options = { aggregation_cardinality_limit: 2, metrics_expiration: '15s' }
    const fed = new Fed({ ...DNS, ...options })
    const names = ['a', 'b', 'c', 'd'].map((question) => ({ ...curl, question }))
    take(fed, ...names)
    vi.advanceTimersByTime(10_000)
    expect(shortLines(fed).map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      'a - 10.0.0.53 count=1',
      'b - 10.0.0.53 count=1',
      '- - - count=2',
    ])
    expect(fed.account['waggle.aggregation.overflowed process']).toBe(2)
    vi.advanceTimersByTime(30_000)
    take(fed, ...names.slice(2)).end()
    expect(shortLines(fed).map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      'c - 10.0.0.53 count=1',
      'd - 10.0.0.53 count=1',
    ])
  })

  it('beyond the names that took most time are kept in one series', () => {
    const fed = new Fed({ ...DNS, top_k: 1 })
    take(fed, { ...curl, question: 'a', ms: 3 }, { ...curl, question: 'b', ms: 300 })
    take(fed, { ...curl, question: 'c', ms: 2 }).end()
    expect(shortLines(fed)).toEqual([
      'curl dns.lookup.duration b - 10.0.0.53 count=1',
      'curl dns.lookup.duration other - - count=2',
    ])
  })

  it('are a log record each in a pipeline of logs, at once', () => {
    const fed = new Fed({}, 'logs')
    take(
      fed,
      { ...curl, question: 'a.TEST', type: 'AAAA', ms: 1.5, answers: 2 },
      { ...curl, question: 'b.test', code: '', ms: 10_000, askedNs: 7n },
    )
    const records = fed.last.groups.flatMap(({ logs }) => [logs.at(0), logs.at(1)])
    const ends =
      'waggle.dns.role=client,client.address=10.0.0.1,client.port=40000,server.address=10.0.0.53,server.port=53,network.transport=udp,network.type=ipv4'
    expect(records.map(({ attributes }) => textOf(attributes))).toEqual([
      `dns.question.name=a.TEST,waggle.dns.question.type=AAAA,waggle.dns.times_asked=1,${ends},waggle.dns.duration_us=1500,waggle.dns.response_code=NOERROR,waggle.dns.answers=2,waggle.dns.truncated=false`,
      `dns.question.name=b.test,waggle.dns.question.type=A,waggle.dns.times_asked=1,${ends},waggle.dns.duration_us=10000000,error.type=timeout`,
    ])
    expect(records[1]).toMatchObject({ eventName: 'waggle.dns.lookup', timeNs: 7n, severity: 9 })
    fed.end()
    expect(fed.batches).toHaveLength(1)
    expect(fed.counters.held).toBe(0)
  })
})
