import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Followed, recorded, type ToldSpan } from './followed_for_tests.ts'
import { parseTime } from './events/time.ts'
import {
  at,
  audit,
  binding,
  create,
  event,
  podLike,
  podRef,
  readyStatus,
  second,
  statusPatch,
  T0,
} from './written_for_tests.ts'

const SCENARIOS = [
  'healthy',
  'crash_loop',
  'slow_image_pull',
  'unschedulable_cpu',
  'oom_killed',
  'image_not_found',
  'liveness_kill',
  'delete_finalizer',
]
const NOISE = 1_000_000
const BATCH = 1000
/** So many pods are in each kind of noise. */
const PODS = 600
/** Milliseconds by which the clocks of API servers differ at most. */
const SKEW_MS = 3000

/** What of a verdict may not change. */
const SAID = [
  'k8s.pod.name',
  'waggle.delivery.outcome',
  'waggle.delivery.code',
  'waggle.delivery.kept',
  'waggle.delivery.owner',
  'waggle.delivery.class',
]

/** What an API server may write at `T0` of a pod `web-1`, and what a log may hold beside that. */
const KINDS: Readonly<Record<string, string>> = {
  'create without end': JSON.stringify(create(0, podLike())),
  'binding of an unknown pod': JSON.stringify(binding(0)),
  'end without beginning': JSON.stringify(statusPatch(0, 9, readyStatus(0))),
  'event of an unknown pod': JSON.stringify(event(0, 'BackOff', 'Back-off restarting')),
  'metadata alone': JSON.stringify(
    audit(0, { level: 'Metadata', verb: 'patch', objectRef: podRef('status') }),
  ),
  'other resource': JSON.stringify(
    audit(0, { verb: 'update', objectRef: { resource: 'leases', namespace: 'shop', name: 'x' } }),
  ),
  'dry run': JSON.stringify({
    ...create(0),
    requestURI: '/api/v1/namespaces/shop/pods?dryRun=All',
  }),
  truncated: JSON.stringify(create(0)).slice(0, -40),
}
const TEMPLATES = Object.values(KINDS)

/** The nth line of noise; `atMs` is when its API server thinks that it is. */
function noise(n: number, atMs: number): string {
  const kind = n % TEMPLATES.length
  const pod = `${kind}-${Math.floor(n / TEMPLATES.length) % PODS}`
  const ms = atMs - T0
  return (TEMPLATES[kind] as string)
    .replaceAll('web-1', `noise-${pod}`)
    .replaceAll('uid-1', `noise-uid-${pod}`)
    .replaceAll(at(0), at(ms))
    .replaceAll(at(-10), at(ms - 10))
    .replaceAll(second(0), second(ms))
}

/** From -SKEW_MS to SKEW_MS, different for each, always the same. */
function skewOf(n: number): number {
  return ((n * 7919) % (2 * SKEW_MS)) - SKEW_MS
}

function timeOf(line: string): number {
  return parseTime(/"stageTimestamp":"([^"]+)"(?!.*"stageTimestamp":)/.exec(line)![1]!)
}

/** What was said of each delivery. */
function verdictsOf(spans: readonly ToldSpan[]): string[] {
  const roots = spans.filter(({ attributes }) => attributes['waggle.delivery.kind'] !== undefined)
  const told = roots.map(({ name, attributes }) =>
    [name, ...SAID.map((key) => attributes[key])].join(' '),
  )
  return told.toSorted()
}

/** Bytes of memory that are in use after all garbage was collected. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

/** Lines of logs that were recorded, with a million of noise among them; returns how many there were of both. */
function feed(all: Followed): { noise: number; lines: number } {
  const share = NOISE / SCENARIOS.length
  let n = 0
  let lines = 0
  for (const scenario of SCENARIOS) {
    const own = recorded(scenario)
    const each = Math.ceil(share / own.length / BATCH) * BATCH
    for (const line of own) {
      all.take([line])
      const nowMs = timeOf(line)
      for (const end = n + each; n < end;) {
        all.take(Array.from({ length: BATCH }, () => noise(n, nowMs + skewOf(n++))))
      }
    }
    lines += own.length
  }
  return { noise: n, lines }
}

function quietVerdicts(): string[] {
  const each = SCENARIOS.map((name) => verdictsOf(new Followed().take(recorded(name)).end().spans))
  for (const verdicts of each) expect(verdicts.length).toBeGreaterThan(0)
  return each.flat().toSorted()
}

describe('a million events of noise', () => {
  it('change no verdict, are counted, and take no memory for good', { timeout: 600_000 }, () => {
    const all = new Followed()
    const before = liveHeap()
    const fed = feed(all)
    expect(fed.noise).toBeGreaterThanOrEqual(NOISE)
    expect(liveHeap() - before).toBeLessThan(64 * 1024 * 1024)
    const { account } = all
    expect(account['pods']).toBeLessThanOrEqual(PODS * TEMPLATES.length + SCENARIOS.length * 3)
    all.end()

    const malformed = all.counters.samples().find(({ reason }) => reason === 'malformed')!.items
    expect((account['parsed'] as number) + malformed).toBe(fed.noise + fed.lines)
    const each = fed.noise / TEMPLATES.length
    expect(malformed).toBe(each)
    for (const reason of ['resource', 'dry_run', 'no_uid']) {
      expect(account[`ignored ${reason}`]).toBe(each)
    }
    const told = verdictsOf(all.spans)
    const ofNoise = told.filter((one) => one.includes(' noise-'))
    // Of what has no end, or was given up, nobody knows how it went.
    expect(ofNoise.filter((one) => !one.includes(' unknown Unknown '))).toEqual([])
    expect(told.filter((one) => !one.includes(' noise-'))).toEqual(quietVerdicts())
  })
})
