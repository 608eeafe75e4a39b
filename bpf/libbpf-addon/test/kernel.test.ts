import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import {
  bumpMemlock,
  kernelBtf,
  kernelEnumValues,
  kernelStructHas,
  libbpfVersion,
  possibleCpus,
  probeAttach,
  probeHelper,
  probeMapType,
  probeProgramType,
  tracepointArguments,
} from '../lib/index.js'
import { addonFolder } from './support.js'

describe('probing program types', () => {
  it.each(['cgroup_skb', 'tracing', 'raw_tracepoint', 'tracepoint', 'kprobe', 'sched_cls'])(
    'finds %s',
    (type) => {
      expect(probeProgramType(type)).toEqual({ answer: 'supported' })
    },
  )

  it('does not know what libbpf does not know', () => {
    expect(probeProgramType('kprope')).toEqual({
      answer: 'unknown',
      reason: `libbpf ${libbpfVersion()} knows no program type "kprope"`,
    })
  })
})

describe('probing map types', () => {
  it.each(['hash', 'ringbuf', 'sk_storage', 'lru_percpu_hash'])('finds %s', (type) => {
    expect(probeMapType(type)).toEqual({ answer: 'supported' })
  })

  it('does not know what libbpf does not know', () => {
    expect(probeMapType('heap').answer).toBe('unknown')
  })
})

describe('probing helpers', () => {
  it.each([
    ['cgroup_skb', 'bpf_ringbuf_output'],
    ['cgroup_skb', 'sk_storage_get'],
    ['tracing', 'bpf_get_current_task_btf'],
    ['kprobe', 113],
  ])('finds for %s the helper %s', (type, helper) => {
    expect(probeHelper(type, helper)).toEqual({ answer: 'supported' })
  })

  it('says no for a helper that the type may not call', () => {
    const result = probeHelper('cgroup_skb', 'bpf_override_return')
    expect(result.answer).toBe('not_supported')
    expect(result.reason).toMatch(
      /^EINVAL \(invalid argument\): .*(unknown func|cannot use helper)/,
    )
  })

  it('says no for a helper that the kernel does not have', () => {
    expect(probeHelper('cgroup_skb', 9999)).toEqual({
      answer: 'not_supported',
      reason: 'EINVAL (invalid argument): invalid func unknown#9999',
    })
  })

  it('does not guess', () => {
    expect(probeHelper('lsm', 'bpf_loop').answer).toBe('unknown')
    expect(probeHelper('cgroup_skb', 'bpf_lop').reason).toContain('no helper "bpf_lop"')
  })
})

describe('probing attachment', () => {
  it('finds tp_btf and uprobes', () => {
    expect(probeAttach('tp_btf')).toEqual({ answer: 'supported' })
    expect(probeAttach('uprobe')).toEqual({ answer: 'supported' })
  })

  it('finds kprobes exactly where the kernel has their event source', () => {
    const has = existsSync('/sys/bus/event_source/devices/kprobe')
    const result = probeAttach('kprobe')
    expect(result.answer).toBe(has ? 'supported' : 'not_supported')
    if (!has) expect(result.reason).toMatch(/the kernel has no perf event source "kprobe"$/)
  })

  it('says why fentry is refused, if it is', () => {
    const result = probeAttach('fentry')
    expect(['supported', 'not_supported']).toContain(result.answer)
    if (result.answer === 'not_supported') expect(result.reason).toMatch(/^E\w+ \(.+\)/)
  })
})

describe('without privileges', () => {
  it('probes answer that they do not know, and what is missing', () => {
    const script = `
      import { probeProgramType, probeHelper, BpfObject } from '${addonFolder}/lib/index.js'
      console.log(JSON.stringify([probeProgramType('cgroup_skb'), probeHelper('cgroup_skb', 'loop')]))`
    const output = execFileSync(
      'setpriv',
      [
        '--bounding-set=-all',
        '--inh-caps=-all',
        process.execPath,
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8' },
    )
    for (const result of JSON.parse(output)) {
      expect(result).toEqual({
        answer: 'unknown',
        reason:
          'EPERM (operation not permitted; the process lacks CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN)',
      })
    }
  })
})

describe("the kernel's types", () => {
  it('are present where sysfs has them', () => {
    expect(kernelBtf()).toEqual({ present: existsSync('/sys/kernel/btf/vmlinux') })
  })

  it('tell how many arguments a tracepoint has', () => {
    // sock, old state, new state: since 4.16
    expect(tracepointArguments('inet_sock_set_state')).toBe(3)
    expect(tracepointArguments('kfree_skb')).toBeGreaterThanOrEqual(2)
    expect(tracepointArguments('no_such_tracepoint')).toBeUndefined()
  })

  it('tell whether a struct has a member', () => {
    expect(kernelStructHas('task_struct', 'tgid')).toBe(true)
    expect(kernelStructHas('sock', '__sk_common.skc_family')).toBe(true)
    expect(kernelStructHas('sk_buff', 'tstamp')).toBe(true)
    expect(kernelStructHas('task_struct', 'no_such_member')).toBe(false)
    expect(kernelStructHas('no_such_struct', 'x')).toBeUndefined()
  })

  it('tell the values of an enum', () => {
    expect(kernelEnumValues('sock_flags')).toMatchObject({ SOCK_DEAD: 0, SOCK_DONE: 1 })
    expect(kernelEnumValues('no_such_enum')).toBeUndefined()
  })
})

describe('this machine', () => {
  it('has as many possible CPUs as sysfs says', () => {
    const ranges = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim().split(',')
    const count = ranges.reduce((sum, range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return sum + last - first + 1
    }, 0)
    expect(possibleCpus()).toBe(count)
  })

  it('has a libbpf of version 1', () => {
    expect(libbpfVersion()).toMatch(/^1\.\d+/)
  })

  it('lifts the limit of locked memory as far as this process may', () => {
    bumpMemlock()
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, soft, hard] = limits.match(/^Max locked memory\s+(\S+)\s+(\S+)/m) ?? []
    expect(soft).toBe(hard)
  })
})
