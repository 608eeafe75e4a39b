import { describe, expect, it } from 'vitest'
import type { DeliveryEvent } from '../../../src/helpers/delivery/model.ts'
import { unknownFacts } from '../events/pod_facts.ts'
import { type LifeInput, livesOf } from './lifecycle.ts'

const pod = { uid: 'uid-1', namespace: 'shop', name: 'web-1' }

function told(timeMs: number, name: string, more: Partial<DeliveryEvent> = {}): DeliveryEvent {
  const base = { id: `${name} ${timeMs}`, timeMs, pod, name, component: 'kubelet', container: '' }
  const said = { code: 200, user: '', message: '', reason: '' }
  return { ...base, ...said, source: 'operation', ...more } as DeliveryEvent
}

const ended = (timeMs: number): DeliveryEvent =>
  told(timeMs, 'containerState:app:Terminated:Error;exitCode:137', { container: 'app' })
const failed = (timeMs: number, reason: string): DeliveryEvent =>
  told(timeMs, 'phase:Failed:set', { reason })

/** The lives of a pod that was ready at 100. */
function lives(events: readonly DeliveryEvent[], more: Partial<LifeInput> = {}) {
  const rules = { isStart: () => false, isReady: () => false }
  const facts = unknownFacts(pod)
  const known = { facts, events, createdByMs: 100, expireMs: 60_000, isLeaving: false, rules }
  return livesOf({ ...known, ...more }).map(({ kind, startMs, endMs, outcome }) => [
    kind,
    startMs,
    endMs,
    outcome,
  ])
}

describe('a pod that was up', () => {
  it('has a restart of a container that ends', () => {
    expect(lives([ended(200)])).toEqual([['restart', 200, undefined, undefined]])
  })

  it('was taken down, not restarted, where the kubelet says why it failed', () => {
    expect(lives([ended(200), failed(200, 'Evicted')])).toEqual([['delete', 200, 200, 'deleted']])
    const evicted = told(180, 'event:Evicted')
    expect(lives([evicted, ended(190), failed(200, 'Evicted')])).toEqual([
      ['delete', 180, 200, 'deleted'],
    ])
  })

  it('was taken down once where a controller marks it as failed and deletes it', () => {
    const events = [failed(200, ''), told(201, 'pod:delete:success'), ended(202)]
    expect(lives(events)).toEqual([['delete', 201, undefined, undefined]])
  })

  it('may be deleted later, when the kubelet has ended it long since', () => {
    const events = [failed(200, 'DeadlineExceeded'), told(900, 'pod:delete:success')]
    expect(lives([...events, told(901, 'pod:deleted:success')])).toEqual([
      ['delete', 200, 200, 'deleted'],
      ['delete', 900, 901, 'deleted'],
    ])
  })

  it('has no restart any more once it was told that it goes', () => {
    expect(lives([ended(200)], { isLeaving: true })).toEqual([])
  })
})
