import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { cgroupAt } from './container.ts'
import { NO_NAMES } from './container_names.ts'
import { NOBODY, type ProcessIdentity } from './process_identity.ts'
import { selectionRule } from './selection_config.ts'
import {
  asksOnlyForPorts,
  leavesOutCgroup,
  type SelectionRules,
  verdictOn,
} from './selection_verdict.ts'

type Written = z.input<typeof selectionRule>

const rules = (select: Written[], exclude: Written[] = []): SelectionRules => ({
  select: select.map((rule) => selectionRule.parse(rule)),
  exclude: exclude.map((rule) => selectionRule.parse(rule)),
})

const ID = '40'.repeat(32)

/** nginx in a container of a pod. */
const nginx: ProcessIdentity = {
  ...NOBODY,
  pid: 7,
  comm: 'nginx',
  info: {
    executable: '/usr/sbin/nginx',
    arguments: [],
    cgroup: NOBODY.cgroup,
    startTime: '1',
    otelServiceName: '',
    resourceAttributes: {},
  },
  cgroup: cgroupAt(`/kubepods.slice/cri-containerd-${ID}.scope/inner`),
  names: { ...NO_NAMES, k8sContainer: 'web', name: 'k8s_web' },
}
const cron: ProcessIdentity = {
  ...NOBODY,
  comm: 'curl',
  cgroup: cgroupAt('/system.slice/cron.service'),
}

/** Why the process is left out by one rule of `exclude`, and then by one of `select`. */
function judged(process: ProcessIdentity, rule: Written): string[] {
  return [verdictOn(process, rules([], [rule])), verdictOn(process, rules([rule]))].map(
    ({ leftOut }) => leftOut,
  )
}

describe('a rule', () => {
  it.each<[Written]>([
    [{ executable: 'nginx' }],
    [{ executable: '/usr/sbin/nginx' }],
    [{ executable: '/usr/**' }],
    [{ cgroup: '/kubepods.slice' }],
    [{ cgroup: `/kubepods.slice/*/inner` }],
    [{ container: 'web' }],
    [{ container: 'k8s_*' }],
    [{ container: '4040*' }],
    [{ service: 'web' }],
    [{ executable: 'ng*', container: 'w?b', service: 'w*' }],
  ])('%j is about nginx in the container', (rule) => {
    expect(judged(nginx, rule)).toEqual(['excluded', ''])
  })

  it.each<[Written]>([
    [{ executable: 'ngin' }],
    [{ executable: '/nginx' }],
    [{ executable: 'sbin/nginx' }],
    [{ cgroup: '/kubepods' }],
    [{ cgroup: '/inner' }],
    [{ container: 'we' }],
    [{ unit: '*' }],
    [{ service: 'nginx' }],
    [{ executable: 'nginx', container: 'other' }],
    [{ container: 'web', service: 'other' }],
  ])('%j is not', (rule) => {
    expect(judged(nginx, rule)).toEqual(['', 'not_selected'])
  })

  it.each<[Written]>([
    [{ unit: 'cron.service' }],
    [{ unit: '*.service' }],
    [{ executable: 'curl' }],
    [{ service: 'cron' }],
  ])('%j is about a process that is gone', (rule) => {
    expect(judged(cron, rule)).toEqual(['excluded', ''])
  })

  it.each<[Written]>([[{ container: '*' }], [{ container: '**' }], [{ executable: 'cron' }]])(
    '%j is not about it',
    (rule) => expect(judged(cron, rule)).toEqual(['', 'not_selected']),
  )

  it('needs something to ask for', () => {
    expect(selectionRule.safeParse({}).error?.issues[0]?.message).toBe(
      'a rule needs at least one of executable, port, cgroup, unit, container and service',
    )
  })
})

describe('rules together', () => {
  const ports = (process: ProcessIdentity, set: SelectionRules): [string, string] => {
    const { leftOut, selected, excluded } = verdictOn(process, set)
    expect(leftOut).toBe('')
    const among = (one: typeof selected): string =>
      one ? [80, 443, 8080].filter((port) => one.has(port)).join() : 'all'
    return [among(selected), excluded ? among(excluded) : 'none']
  }

  it('take everything where there are none', () => {
    expect(ports(nginx, rules([]))).toEqual(['all', 'none'])
  })

  it('take what any rule selects and none excludes', () => {
    const set = rules([{ executable: 'x' }, { container: 'web' }], [{ unit: 'x' }])
    expect(ports(nginx, set)).toEqual(['all', 'none'])
    expect(verdictOn(cron, set).leftOut).toBe('not_selected')
    expect(verdictOn(nginx, rules([{ container: 'web' }], [{ executable: 'nginx' }])).leftOut).toBe(
      'excluded',
    )
  })

  it('leave ports to be looked at, those of the rules that are about the process', () => {
    expect(ports(nginx, rules([{ port: 80 }]))).toEqual(['80', 'none'])
    expect(ports(nginx, rules([{ port: 80 }, { container: 'web', port: 443 }]))).toEqual([
      '80,443',
      'none',
    ])
    expect(ports(nginx, rules([{ port: 80 }, { unit: 'x', port: 443 }]))).toEqual(['80', 'none'])
    expect(ports(nginx, rules([{ port: 80 }, { container: 'web' }]))).toEqual(['all', 'none'])
    expect(ports(nginx, rules([], [{ port: 8080 }, { unit: 'x', port: 80 }]))).toEqual([
      'all',
      '8080',
    ])
    expect(verdictOn(nginx, rules([{ unit: 'x', port: 80 }])).leftOut).toBe('not_selected')
  })
})

describe('a whole cgroup', () => {
  it.each<[string, SelectionRules, boolean]>([
    ['nothing', rules([]), false],
    ['a rule of its own', rules([], [{ container: 'web' }]), true],
    [
      'a rule about the executable too',
      rules([], [{ container: 'web', executable: 'nginx' }]),
      false,
    ],
    ['a rule about the executable', rules([], [{ executable: 'nginx' }]), false],
    ['a rule about ports too', rules([], [{ container: 'web', port: 80 }]), false],
    ['a rule about the service', rules([], [{ service: 'web' }]), false],
    ['rules that select other cgroups', rules([{ unit: 'x' }, { container: 'y', port: 80 }]), true],
    ['rules that select it', rules([{ container: 'web', port: 80 }]), false],
    ['rules that may select some of it', rules([{ executable: 'other' }]), false],
  ])('is left out by %s: %#', (_, set, out) => expect(leavesOutCgroup(nginx, set)).toBe(out))
})

it('knows rules that ask only for ports', () => {
  expect(asksOnlyForPorts(rules([]))).toBe(true)
  expect(asksOnlyForPorts(rules([{ port: 1 }], [{ port: 2 }]))).toBe(true)
  for (const key of ['executable', 'cgroup', 'unit', 'container', 'service'])
    expect(asksOnlyForPorts(rules([{ port: 1 }], [{ port: 2, [key]: 'x' }]))).toBe(false)
})
