import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ebpfFilesRequirements, MOUNT_TRACEFS, syscallsRequirement } from './preflight.ts'

describe('what is needed of the machine', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tracefs-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('has tracefs and the tracepoints of system calls in it', () => {
    mkdirSync(join(folder, 'events/syscalls/sys_enter_read'), { recursive: true })
    expect(syscallsRequirement(['/nowhere', folder])).toMatchObject({
      answer: 'supported',
      found: folder,
    })
  })

  it('says how to mount tracefs where there is none', () => {
    expect(syscallsRequirement(['/nowhere'])).toMatchObject({
      answer: 'not_supported',
      needed: true,
      found: 'no tracefs',
      remedy: MOUNT_TRACEFS,
    })
  })

  it('says what to build where the kernel does not trace system calls', () => {
    mkdirSync(join(folder, 'events/sched'), { recursive: true })
    expect(syscallsRequirement([folder])).toMatchObject({
      answer: 'not_supported',
      remedy: 'Run a kernel that is built with CONFIG_FTRACE_SYSCALLS=y.',
    })
  })

  it('is what every receiver needs and what this one does without', () => {
    const requirements = ebpfFilesRequirements()
    expect(requirements.filter(({ needed }) => !needed).map(({ name }) => name)).toEqual([
      'tp_btf/cgroup_mkdir',
    ])
  })
})
