import { describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../../src/helpers/delivery/model.ts'
import { BEGIN, deliveryOf, nowOf } from './deliveries_for_tests.ts'
import type { Told } from './deliveries_for_tests.ts'
import { diagnose } from './diagnose.ts'

const noCpu = '0/4 nodes are available: 4 Insufficient cpu.'
const unscheduled = { at: 0.1, event: 'FailedScheduling', message: noCpu, count: 3 }
const bound = { at: 60, op: 'schedule:binding:success', code: 201 }
const pulling = { at: 61, event: 'Pulling', message: 'Pulling image "web:1"', of: 'app' }
const missing = {
  at: 90,
  event: 'Failed',
  message: 'Failed to pull image "web:1": not found',
  of: 'app',
  count: 4,
}
const pulled = { at: 95, event: 'Pulled', message: 'Successfully pulled image "web:1"', of: 'app' }

function of(told: Told): Diagnosis {
  return diagnose(deliveryOf(told), nowOf(told))
}

describe('diagnose', () => {
  it('[3.15] hears the first stage that objects, and names the others', () => {
    const failing = {
      at: 70,
      event: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "c" : configmap "web" not found',
    }
    const diagnosis = of({ events: [missing, { ...failing, at: 91 }] })
    expect(diagnosis).toMatchObject({ code: 'ConfigMapMissing', stage: 'volumes', subject: 'web' })
    expect(diagnosis.also).toEqual(['ImageNotFound'])
  })

  it('[3.15] passes a stage that is done, whatever was wrong with it', () => {
    const told = { base: 'created', events: [unscheduled, bound, pulling, missing] } as const
    expect(of(told)).toMatchObject({ code: 'ImageNotFound', also: ['InsufficientCpu'] })
  })

  it('[3.3] calls it a success when the last of many attempts did well', () => {
    const told = { events: [pulling, missing, pulled], outcome: 'ready', end: 98 } as const
    const diagnosis = of(told)
    expect(diagnosis).toMatchObject({ code: 'Success', severity: 'none', owner: 'none' })
    expect(diagnosis.also).toEqual(['ImageNotFound'])
    expect(diagnosis.sentence).toEqual({
      en: 'Everything went well, in 1 min 38 s.',
      zh: '一切顺利,用时 1 分 38 秒。',
    })
  })

  it('names what held a slow stage up for most of its time', () => {
    const stages = [['image_pull', 'web:1', 'platform', 61, 200, 0]] as const
    const events = [pulling, { ...missing, at: 190, first: 62 }, { ...pulled, at: 200 }]
    const diagnosis = of({ events, stages, outcome: 'ready', end: 203 })
    expect(diagnosis).toMatchObject({ code: 'ImageNotFound', severity: 'slow', owner: 'user' })
    expect(diagnosis.sentence.en).toBe(
      'The image `web:1` of container `app` does not exist, tried 4 times; last at 12:03:10 UTC. It is over; it took 2 min 18 s.',
    )
  })

  it('keeps a problem that came again after the stage had been done once', () => {
    const events = [pulling, { ...pulled, at: 62 }, { ...missing, first: 80 }]
    expect(of({ events }).code).toBe('ImageNotFound')
  })

  it('believes the newest message of the scheduler, and keeps the older in mind', () => {
    const older = "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules."
    const events = [
      { at: 0.1, event: 'FailedScheduling', message: older, count: 3 },
      { at: 50, event: 'FailedScheduling', message: noCpu },
    ]
    expect(of({ base: 'created', events })).toMatchObject({
      code: 'InsufficientCpu',
      also: ['PodAntiAffinityUnsatisfied'],
    })
  })

  it('says whose container, how often and when', () => {
    const ended = { name: 'app', restarts: 3, last: ['OOMKilled', 137, 90] } as const
    const waiting = ['CrashLoopBackOff', 'back-off 40s restarting failed container=app'] as const
    const diagnosis = of({ containers: [{ ...ended, waiting }] })
    expect(diagnosis).toMatchObject({ owner: 'user', severity: 'failing', subject: 'app' })
    expect(diagnosis.sentence.en).toBe(
      'Container `app` was killed because it used more than its memory limit of 128Mi, 4 times; last at 12:01:30 UTC. It is in a crash loop (CrashLoopBackOff) after 3 restarts: the kubelet puts the next start off by 40s.',
    )
    expect(diagnosis.evidence).toEqual([
      { timeMs: BEGIN + 90_000, text: 'OOMKilled (app) ×4, exit code 137' },
    ])
  })

  it('gives the events as evidence, repeats in one line, by time', () => {
    const events = [pulling, missing, { ...missing, at: 100, count: 5 }]
    expect(of({ events }).evidence).toEqual([
      {
        timeMs: BEGIN + 100_000,
        text: 'Failed (app) ×5: Failed to pull image "web:1": not found',
      },
    ])
  })

  it('does not know whose fault it is where nodes are out of order, or may be', () => {
    const told = (message: string): Told => {
      return { base: 'created', events: [{ at: 1, event: 'FailedScheduling', message }] }
    }
    const affinity = "2 node(s) didn't match Pod's node affinity/selector"
    const before = `0/4 nodes are available: ${affinity}`
    const control = 'untolerated taint {node-role.kubernetes.io/control-plane: }'
    expect(of(told(`${before}.`)).owner).toBe('user')
    expect(of(told(`${before}, 2 node(s) had ${control}.`)).owner).toBe('user')
    expect(of(told(`${before}, 2 node(s) had untolerated taint(s).`)).owner).toBe('unknown')
    const cordoned = of(told(`${before}, 2 node(s) were unschedulable.`))
    expect(cordoned).toMatchObject({ code: 'NodeAffinityMismatch', owner: 'unknown' })
  })

  it('takes nothing that comes after the end for a part of it', () => {
    const crash = { at: 50, op: 'containerState:app:Terminated:Error;exitCode:1', of: 'app' }
    const containers = [{ name: 'app', terminated: ['Error', 1, 50] }] as const
    const told = { events: [crash], containers, outcome: 'ready', end: 20 } as const
    expect(of(told)).toMatchObject({ code: 'Success', also: [] })
  })

  it('calls the end of a pod that is taken down no crash', () => {
    const killed = { at: 40, op: 'containerState:app:Terminated:Error;exitCode:143', of: 'app' }
    const events = [{ at: 30, op: 'pod:delete:success', user: 'jane' }, killed]
    expect(of({ events, outcome: 'deleted', end: 50 })).toMatchObject({
      code: 'DeletedBeforeReady',
      also: [],
    })
  })

  it('tells nothing of a stock end of the wait from silence where events were left out', () => {
    const silent = { base: 'silent', events: [] } as const
    expect(of(silent).code).toBe('KubeletDelay')
    expect(of({ ...silent, eventsLeftOut: 1 }).code).toBe('InProgress')
    expect(of({ ...silent, pod: { complete: false } }).code).toBe('InProgress')
    const open = [['image_pull', 'web:1', 'platform', 2, null, 0]] as const
    expect(of({ stages: open }).code).toBe('ImagePullTooMuchTime')
    expect(of({ stages: open, eventsLeftOut: 1 }).code).toBe('InProgress')
  })

  it('says that it does not know where beginning or end were not seen', () => {
    expect(of({ base: 'none', outcome: 'unknown', end: 100 })).toMatchObject({
      code: 'Unknown',
      owner: 'unknown',
      severity: 'none',
    })
  })

  it('says where it was at when it was seen last, where nothing was wrong', () => {
    const stages = [['sandbox', '', 'platform', 2, null, 0]] as const
    const { sentence } = of({ base: 'none', outcome: 'unknown', end: 3, stages })
    expect(sentence).toEqual({
      en: 'As far as it was seen nothing went wrong; it was at `sandbox`.',
      zh: '在已看到的部分中没有出错,当时处于 `sandbox`。',
    })
  })

  it('says of a restart why there was one, and what was slow in it', () => {
    const ended = { at: 0, op: 'containerState:app:Terminated:OOMKilled;exitCode:137', of: 'app' }
    const told = { kind: 'restart', base: 'none', outcome: 'ready', end: 40 } as const
    const stages = [['image_pull', 'web:1', 'platform', 2, 37, 0]] as const
    const diagnosis = of({ ...told, events: [ended], stages })
    expect(diagnosis).toMatchObject({
      code: 'OOMKilled',
      owner: 'user',
      severity: 'failing',
      also: ['ImagePullTooMuchTime'],
    })
    expect(diagnosis.sentence).toEqual({
      en: 'Container `app` was started again after it was killed because it used more than its memory limit of 128Mi; it was ready again after 40 s. Pulling the image `web:1` took 35 s.',
      zh: '容器 `app` 因内存用量超过上限 128Mi 被终止,已重新启动,40 秒后恢复就绪。拉取镜像 `web:1` 用了 35 秒。',
    })
  })

  it('says of a restart that nobody saw how it came to it', () => {
    const told = { kind: 'restart', base: 'none', outcome: 'ready', end: 4 } as const
    expect(of(told).sentence).toEqual({
      en: 'Container `app` was started again after it had ended, nobody saw how; it was ready again after 4.0 s.',
      zh: '容器 `app` 已结束(结束方式没有看到),已重新启动,4.0 秒后恢复就绪。',
    })
  })

  it('does not take an older end for what a restart began with', () => {
    const ended = { at: 0, op: 'containerState:app:Terminated:Error;exitCode:1', of: 'app' }
    const containers = [{ name: 'app', restarts: 2, last: ['OOMKilled', 137, -30] }] as const
    const told = { kind: 'restart', base: 'none', outcome: 'ready', end: 4 } as const
    expect(of({ ...told, events: [ended], containers })).toMatchObject({
      code: 'ApplicationError',
      also: [],
    })
  })

  it('counts an end that an event and the status tell of once', () => {
    const ended = { at: 10.4, op: 'containerState:app:Terminated:Error;exitCode:2', of: 'app' }
    const containers = [{ name: 'app', terminated: ['Error', 2, 10] }] as const
    expect(of({ events: [ended], containers }).sentence.en).toContain('with exit code 2, once;')
  })

  it('[3.20] gives the same whatever the order of the events is', () => {
    const told = { base: 'created', events: [unscheduled, bound, pulling, missing] } as const
    const delivery = deliveryOf(told)
    const turned = { ...delivery, events: delivery.events.toReversed() }
    expect(diagnose(turned, nowOf(told))).toEqual(diagnose(delivery, nowOf(told)))
  })
})
