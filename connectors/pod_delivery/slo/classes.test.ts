import { describe, expect, it } from 'vitest'
import type { ContainerFacts, PodFacts } from '../../../src/helpers/delivery/model.ts'
import { containerOf, deliveryOf } from '../diagnosis/deliveries_for_tests.ts'
import type { Told } from '../diagnosis/deliveries_for_tests.ts'
import { promiseOf } from './classes.ts'
import type { Promised } from './classes.ts'
import { sloConfig } from './config.ts'

const GIB = 2 ** 30
const defaults = sloConfig.parse({})

function promised(told: Told, options: unknown = {}): Promised | undefined {
  return promiseOf(deliveryOf(told), sloConfig.parse(options))
}

function asking(needs: Partial<ContainerFacts>, count = 1): Partial<PodFacts> {
  const one = { ...containerOf('app'), cpu: 0, memory: 0, ...needs }
  return { containers: Array.from({ length: count }, (_, i) => ({ ...one, name: `c${i}` })) }
}

function volumes(count: number): Partial<PodFacts> {
  const volume = { name: 'v', type: 'emptyDir', source: '' }
  return { volumes: Array.from({ length: count }, () => volume) }
}

describe('promiseOf', () => {
  it.each<[string, Partial<PodFacts>, string, number]>([
    ['asks for nothing', asking({}), 'typical', 90],
    ['asks for 8 cores', asking({ cpu: 8 }), 'typical', 90],
    ['asks for more than 8 cores', asking({ cpu: 8.1 }), 'nontypical_2', 1800],
    ['asks for 3 cores three times', asking({ cpu: 3 }, 3), 'nontypical_2', 1800],
    ['asks for 16 GiB', asking({ memory: 16 * GIB }), 'typical', 90],
    ['asks for more than 16 GiB', asking({ memory: 16 * GIB + 1 }), 'nontypical_2', 1800],
    ['asks for 32 cores', asking({ cpu: 32 }), 'nontypical_2', 1800],
    ['asks for more than 32 cores', asking({ cpu: 33 }), 'best_effort', 0],
    ['asks for more than 64 GiB', asking({ memory: 65 * GIB }), 'best_effort', 0],
    ['has 3 containers', asking({}, 3), 'typical', 90],
    ['has 4 containers', asking({}, 4), 'nontypical_1', 600],
    ['has 10 containers', asking({}, 10), 'nontypical_1', 600],
    ['has 11 containers', asking({}, 11), 'best_effort', 0],
    ['has 11 init containers', asking({ role: 'init', cpu: 40 }, 11), 'typical', 90],
    ['has 4 sidecars', asking({ role: 'sidecar' }, 4), 'nontypical_1', 600],
    ['has 15 volumes', volumes(15), 'typical', 90],
    ['has 16 volumes', volumes(16), 'nontypical_1', 600],
    ['has many containers and cores', asking({ cpu: 3 }, 4), 'nontypical_2', 1800],
    ['must be beside others', { placement: ['podAffinity'] }, 'nontypical_1', 600],
    ['must not be beside others', { placement: ['podAntiAffinity'] }, 'nontypical_1', 600],
    ['must be spread', { placement: ['topologySpread'] }, 'nontypical_1', 600],
    ['wants nodes of a kind', { placement: ['nodeAffinity', 'nodeSelector'] }, 'typical', 90],
  ])('[3.10] of a pod that %s', (_, pod, name, seconds) => {
    expect(promised({ pod })).toEqual({ class: name, promisedMs: seconds * 1000 })
  })

  it.each<[string, Told, unknown, number]>([
    ['a namespace', {}, { namespaces: { shop: '2m' } }, 120],
    ['another namespace', {}, { namespaces: { other: '2m' } }, 90],
    ['a namespace of a strange name', { pod: { namespace: 'constructor' } }, {}, 90],
    ['services', {}, { paths: { service: '8m', job: '3m' } }, 480],
    ['jobs', { pod: { restartPolicy: 'Never' } }, { paths: { service: '8m', job: '3m' } }, 180],
    [
      'a namespace before services',
      {},
      { namespaces: { shop: '2m' }, paths: { service: '8m' } },
      120,
    ],
    ['preemption', { stages: [['preemption', '', 'platform', 1, 2, 0]] }, {}, 150],
    [
      'volumes that are attached',
      { events: [{ at: 5, event: 'SuccessfulAttachVolume' }] },
      {},
      150,
    ],
    ['new nodes', { events: [{ at: 5, event: 'TriggeredScaleUp' }] }, {}, 690],
    ['new nodes of Karpenter', { events: [{ at: 5, event: 'Nominated' }] }, {}, 690],
    [
      'a slow path of your own length',
      { events: [{ at: 5, event: 'TriggeredScaleUp' }] },
      { slow_paths: { scale_up: '3m' } },
      270,
    ],
    ['deletion', { kind: 'delete' }, {}, 600],
    ['a restart', { kind: 'restart' }, { restart: '45s' }, 45],
  ])('[3.11] goes by the path: %s', (_, told, options, seconds) => {
    expect(promised(told, options)?.promisedMs).toBe(seconds * 1000)
  })

  it.each<[Partial<PodFacts>, Record<string, unknown>]>([
    [asking({ cpu: 5 }), { cpu_over: 4 }],
    [asking({ memory: 5 * GIB }), { memory_over_gib: 4 }],
    [asking({}, 2), { containers_over: 1 }],
    [volumes(1), { volumes_over: 0 }],
    [{ placement: ['nodeSelector'] }, { placement: ['nodeAffinity', 'nodeSelector'] }],
    [{ namespace: 'ml' }, { namespaces: ['ml', 'ai'] }],
    [{ labels: { app: 'web', tier: 'a' } }, { labels: { app: 'web' } }],
    [{ priorityClass: 'high' }, { priority_classes: ['high'] }],
  ])('[3.10] puts %o into a class of your own by %o', (pod, when) => {
    const classes = [
      { name: 'other', promise: '1s', when: { ...when, priority_classes: ['none'] } },
      { name: 'mine', promise: '7m', when },
    ]
    expect(promised({ pod }, { classes })).toEqual({ class: 'mine', promisedMs: 420_000 })
    const plain = { labels: {}, ...asking({}) }
    expect(promised({ pod: plain }, { classes })?.class).toBe('typical')
  })

  it('takes the first of the classes whose conditions all hold, before a namespace', () => {
    const options = {
      classes: [
        { name: 'a', promise: '1m', when: { namespaces: ['shop'], cpu_over: 100 } },
        { name: 'b', promise: '2m', when: { namespaces: ['shop'] } },
        { name: 'c', promise: '3m', when: { namespaces: ['shop'] } },
      ],
      namespaces: { shop: '9m' },
    }
    expect(promised({}, options)).toEqual({ class: 'b', promisedMs: 120_000 })
  })

  it('adds nothing to best effort', () => {
    const told: Told = { pod: asking({ cpu: 33 }), events: [{ at: 5, event: 'TriggeredScaleUp' }] }
    expect(promised(told)).toEqual({ class: 'best_effort', promisedMs: 0 })
  })

  it('knows no class of a pod whose spec was not seen', () => {
    expect(promised({ pod: { complete: false } })).toBeUndefined()
  })

  it('refuses a class without conditions and an unknown condition', () => {
    const refused = (when: unknown): string =>
      sloConfig.safeParse({ classes: [{ name: 'a', promise: '1m', when }] }).error!.issues[0]!
        .message
    expect(refused({})).toBe('expected at least one condition, received none')
    expect(refused({ cpu_over: -1 })).toBe('Too small: expected number to be >=0')
    expect(defaults.delete).toBe(600_000)
  })
})
