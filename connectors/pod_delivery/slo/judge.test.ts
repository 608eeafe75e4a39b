import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../../src/helpers/delivery/model.ts'
import { codes } from '../diagnosis/codes.ts'
import type { Code } from '../diagnosis/codes.ts'
import { containerOf, deliveryOf, nowOf } from '../diagnosis/deliveries_for_tests.ts'
import type { Told } from '../diagnosis/deliveries_for_tests.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import { sloConfig } from './config.ts'
import { judgeDelivery } from './judge.ts'

function judged(told: Told, options: unknown = {}): Verdict {
  const delivery = deliveryOf(told)
  const now = nowOf(told)
  return judgeDelivery(delivery, sloConfig.parse(options), now, diagnose(delivery, now))
}

const ready = (end: number, more: Told = {}): Told => ({ outcome: 'ready', end, ...more })
const noImage = {
  event: 'Failed',
  message: 'Failed to pull image "web:1": web:1: not found',
  of: 'app',
  count: 9,
}

/** The program of the container ended. */
function ended(at: number) {
  const op = 'containerState:app:Terminated:Error;exitCode:1'
  return { at, op, of: 'app', reason: 'Error' }
}

describe('judgeDelivery', () => {
  it.each<[string, Told, Verdict['kept']]>([
    ['ready in time', ready(80), 'kept'],
    ['ready too late', ready(91), 'broken'],
    [
      'ready late by its own slowness',
      ready(300, { stages: [['readiness', 'app', 'user', 10, 300, 0]] }),
      'kept',
    ],
    ['under way', { now: 50 }, 'open'],
    ['under way for too long', { now: 91 }, 'broken'],
    [
      'a job that is done',
      { outcome: 'succeeded', end: 60, pod: { restartPolicy: 'Never' } },
      'kept',
    ],
    ['not seen from its beginning', { outcome: 'unknown', end: 20 }, 'unknown'],
    ['of a spec that was not seen', ready(80, { pod: { complete: false } }), 'unknown'],
    ['late by what may have been left out', ready(91, { eventsLeftOut: 3 }), 'unknown'],
    ['in time whatever was left out', ready(80, { eventsLeftOut: 3 }), 'kept'],
    [
      'deleted before it was ready',
      { outcome: 'deleted', end: 20, events: [{ at: 15, op: 'pod:delete:success', user: 'jane' }] },
      'excused',
    ],
    [
      'deleted when it was late already',
      {
        outcome: 'deleted',
        end: 200,
        events: [{ at: 190, op: 'pod:delete:success', user: 'jane' }],
      },
      'broken',
    ],
    [
      'evicted before it was ready',
      {
        outcome: 'deleted',
        end: 20,
        events: [{ at: 15, op: 'pod:eviction:success', user: 'drain' }],
      },
      'broken',
    ],
    ['a deletion in time', { kind: 'delete', base: 'none', outcome: 'deleted', end: 500 }, 'kept'],
    [
      'a deletion too late',
      { kind: 'delete', base: 'none', outcome: 'deleted', end: 601 },
      'broken',
    ],
    [
      'a deletion that a finalizer holds',
      {
        kind: 'delete',
        base: 'none',
        now: 900,
        stages: [['finalizer', 'a/b', 'user', 0, null, 0]],
      },
      'excused',
    ],
    ['a restart in time', { kind: 'restart', outcome: 'ready', end: 80 }, 'kept'],
  ])('says of a delivery that is %s: %s', (_, told, kept) => {
    expect(judged(told).kept).toBe(kept)
  })

  it('keeps every promise of best effort that is reached at last', () => {
    const options = { classes: [{ name: 'slow', promise: '0s', when: { namespaces: ['shop'] } }] }
    expect(judged(ready(5000), options).kept).toBe('kept')
    expect(judged({ now: 5000 }, options).kept).toBe('open')
  })

  it('[3.12] splits the whole time', () => {
    const stages = [
      ['image_pull', 'web', 'platform', 2, 30, 0],
      ['readiness', 'app', 'user', 20, 70, 0],
    ] as const
    expect(judged(ready(80, { stages }))).toMatchObject({
      class: 'typical',
      path: 'service',
      promisedMs: 90_000,
      totalMs: 80_000,
      platformMs: 40_000,
      userMs: 40_000,
    })
  })

  it('takes what the kubelet only waits for out of the time of readiness gates', () => {
    const stages = [
      ['readiness_gate', 'example.com/lb', 'user', 10, 300, 0],
      ['pod_ready', '', 'platform', 10, 301, 0],
    ] as const
    expect(judged(ready(301, { stages }))).toMatchObject({ kept: 'kept', platformMs: 11_000 })
  })

  it('[3.13] excuses a wrong image for as long as it is wrong, and no longer', () => {
    const stages = [['image_pull', containerOf('app').image, 'platform', 10, null, 0]] as const
    const wrong = { ...noImage, at: 900, first: 12 }
    expect(judged({ now: 1000, events: [wrong], stages })).toMatchObject({
      kept: 'excused',
      platformMs: 12_000,
    })
    const pulled = { at: 905, event: 'Pulled', message: 'Successfully pulled', of: 'app' }
    expect(judged(ready(910, { events: [wrong, pulled] })).kept).toBe('kept')
    expect(judged(ready(1200, { events: [wrong, pulled] })).kept).toBe('broken')
  })

  it('[3.13] measures a restart from the crash that began it', () => {
    const told = { kind: 'restart', base: 'none', outcome: 'ready', end: 95 } as const
    expect(judged({ ...told, events: [ended(0)] })).toMatchObject({ kept: 'broken', userMs: 0 })
    const again = judged({ ...told, events: [ended(0), ended(50)] })
    expect(again).toMatchObject({ kept: 'kept', userMs: 45_000 })
  })

  it('[3.13] takes the attempts to start it again out of the time of a crash loop', () => {
    const stages = [
      ['container_create', 'app', 'platform', 3, 800, 0],
      ['container_create', 'other', 'platform', 3, 60, 0],
      ['readiness', 'app', 'user', 5, null, 0],
    ] as const
    const told = { now: 900, events: [ended(10), ended(850)], stages }
    expect(judged(told)).toMatchObject({ kept: 'excused', platformMs: 60_000 })
  })

  it('[3.13] does not excuse the platform for what a user did wrong after it was late', () => {
    expect(judged({ now: 1000, events: [{ ...noImage, at: 900, first: 200 }] }).kept).toBe('broken')
  })

  it('says that it does not know where it hangs on whose fault it was', () => {
    const message = '0/4 nodes are available: 4 node(s) had untolerated taint(s).'
    const events = [{ at: 100, event: 'FailedScheduling', message, first: 1 }]
    expect(judged({ base: 'created', events }).kept).toBe('unknown')
  })

  it('[3.14] of every fixture: breaks no promise for what is the fault of the user', () => {
    const dir = join(import.meta.dirname, '..', 'diagnosis', 'testdata')
    const lines = readdirSync(dir)
      .filter((file) => file.endsWith('.jsonl') && file !== 'slow.jsonl')
      .flatMap((file) => readFileSync(join(dir, file), 'utf8').trim().split('\n'))
      .map((line) => JSON.parse(line) as Told & { code: Code })
    const broken = lines.filter((told) => judged({ ...told, now: 1500 }).kept === 'broken')
    const owners = new Set(broken.map(({ code }) => codes[code].owner))
    expect(broken.filter(({ code }) => codes[code].owner !== 'platform')).toEqual([])
    expect([...owners]).toEqual(['platform'])
    const platform = lines.filter(({ code }) => codes[code].owner === 'platform')
    const excused = platform.filter((told) => judged(told).kept === 'excused')
    expect(excused.map(({ code }) => code)).toEqual([])
  })
})

describe('judgeDelivery by the upstream formula', () => {
  const started = { at: 9, event: 'Started', of: 'app', message: 'Container started' }
  const stages = [
    ['image_pull', 'web', 'platform', 2, 5, 0],
    ['init_container', 'migrate', 'user', 4, 6, 0],
  ] as const

  it('leaves image pulls and init containers out, and does not wait for readiness', () => {
    const verdict = judged(ready(60, { events: [started], stages }))
    expect(verdict).toMatchObject({ upstreamMs: 5000, upstreamKept: 'kept' })
    expect(judged(ready(60, { events: [started], stages }), { upstream: '4s' }).upstreamKept).toBe(
      'broken',
    )
  })

  it.each<[string, Told]>([
    ['while a container has not started', {}],
    [
      'of a pod with state',
      {
        events: [started],
        pod: { volumes: [{ name: 'd', type: 'persistentVolumeClaim', source: 'd' }] },
      },
    ],
    [
      'where others are preempted',
      { events: [started], stages: [['preemption', '', 'platform', 1, 2, 0]] },
    ],
    ['of a deletion', { kind: 'delete', events: [started] }],
    ['of a spec that was not seen', { events: [started], pod: { complete: false } }],
    ['where events were left out', { events: [started], eventsLeftOut: 1 }],
  ])('knows nothing %s', (_, told) => {
    expect(judged(told)).toMatchObject({ upstreamMs: undefined, upstreamKept: 'unknown' })
  })

  it('takes config maps, secrets, the downward API and empty directories for stateless', () => {
    const types = ['configMap', 'secret', 'downwardAPI', 'emptyDir', 'projected']
    const volumes = types.map((type) => ({ name: type, type, source: '' }))
    expect(judged({ events: [started], pod: { volumes } }).upstreamMs).toBe(9000)
  })
})
