import { describe, expect, it } from 'vitest'
import { newPodState, phaseOf, statusOf } from './pod_status.ts'
import { statusPatch } from './status_patch.ts'

const NOW = '2026-03-01T10:00:00Z'

const pod = (spec = {}) => ({
  metadata: { uid: 'u', generation: 1 },
  spec: { restartPolicy: 'Always', containers: [{ name: 'app', image: 'web:1' }], ...spec },
  status: { phase: 'Pending', qosClass: 'BestEffort', conditions: [] as unknown[] },
})

const conditions = (state: Parameters<typeof statusOf>[0]): string[] =>
  statusOf(state, false, NOW)['conditions'].map(
    ({ type, status, message = '' }: Record<string, string>) => `${type} ${status} ${message}`,
  )

describe('the status of a pod', () => {
  it('names the containers that are not ready', () => {
    expect(conditions(newPodState(pod(), NOW))).toEqual([
      'PodReadyToStartContainers False ',
      'Initialized True ',
      'Ready False containers with unready status: [app]',
      'ContainersReady False containers with unready status: [app]',
      'PodScheduled True ',
    ])
  })

  it('is not initialized before its init containers have ended and its sidecars have started', () => {
    const initContainers = [{ name: 'one' }, { name: 'mesh', restartPolicy: 'Always' }]
    const state = newPodState(pod({ initContainers }), NOW)
    expect(conditions(state)[1]).toBe(
      'Initialized False containers with incomplete status: [one mesh]',
    )
    state.initContainers[0]!['ready'] = true
    expect(conditions(state)[1]).toBe('Initialized False containers with incomplete status: [mesh]')
    state.initContainers[1]!['started'] = true
    expect(conditions(state)[1]).toBe('Initialized True ')
  })

  it('waits for readiness gates', () => {
    const gated = pod({ readinessGates: [{ conditionType: 'lb' }] })
    const state = newPodState(gated, NOW)
    Object.assign(state.containers[0]!, { ready: true, state: { running: {} } })
    expect(conditions(state)[2]).toBe(
      'Ready False corresponding condition of pod readiness gate "lb" does not exist.',
    )
    gated.status.conditions.push({ type: 'lb', status: 'True' })
    expect(conditions(state)).toContain('Ready True ')
  })

  it('keeps since when a condition is as it is', () => {
    const before = {
      type: 'PodScheduled',
      status: 'True',
      lastTransitionTime: '2026-03-01T09:59:58Z',
    }
    const scheduled = pod()
    scheduled.status.conditions.push(before)
    const { conditions: all } = statusOf(newPodState(scheduled, NOW), false, NOW)
    expect(all.at(-1)).toMatchObject(before)
  })

  it.each([
    ['Always', 0, 'Running'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Never', 1, 'Failed'],
  ])('with the restart policy %s and the exit code %i is %s', (restartPolicy, exitCode, phase) => {
    const state = newPodState(pod({ restartPolicy }), NOW)
    expect(phaseOf(state)).toBe('Pending')
    state.containers[0]!['state'] = { terminated: { exitCode } }
    expect(phaseOf(state)).toBe(phase)
  })
})

describe('the patch of a status', () => {
  it('has what changed of a condition, and the order of all', () => {
    const ready = (status: string) => ({ type: 'Ready', status, reason: 'Because' })
    const before = { phase: 'Pending', conditions: [{ type: 'Other' }, ready('False')] }
    const after = { phase: 'Pending', conditions: [{ type: 'Other' }, ready('True')] }
    expect(statusPatch('u', before, after)).toEqual({
      metadata: { uid: 'u' },
      status: {
        '$setElementOrder/conditions': [{ type: 'Other' }, { type: 'Ready' }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    })
  })

  it('takes away what is no longer said', () => {
    const before = { conditions: [{ type: 'Ready', status: 'False', message: 'why' }] }
    const after = { conditions: [{ type: 'Ready', status: 'True' }] }
    expect(statusPatch('u', before, after)?.['status'].conditions).toEqual([
      { type: 'Ready', status: 'True', message: null },
    ])
  })

  it('replaces the list of containers as a whole', () => {
    const containerStatuses = [{ name: 'app', ready: true }, { name: 'log' }]
    const before = { containerStatuses: [{ name: 'app', ready: false }, { name: 'log' }] }
    expect(statusPatch('u', before, { containerStatuses })?.['status']).toEqual({
      containerStatuses,
    })
  })

  it('is none where nothing changed', () => {
    expect(statusPatch('u', { phase: 'Running' }, { phase: 'Running' })).toBeUndefined()
  })
})
