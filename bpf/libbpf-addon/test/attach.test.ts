import { execFileSync } from 'node:child_process'
import { getPriority, release } from 'node:os'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { BpfError, type BpfObject, probeAttach, tracepointArguments } from '../lib/index.js'
import {
  bpfDescriptors,
  cgroupRoot,
  connectOnce,
  ensureTracefs,
  errorOf,
  libcPath,
  openObject,
  packet,
  u32,
} from './support.js'

let object: BpfObject

beforeEach(() => {
  object = openObject('kinds')
})
afterEach(() => object.close())

function runsOf(kind: string): number {
  const key = object.enumValues('kind')[kind]
  if (key === undefined) throw new Error(`no kind ${kind}`)
  return Number(object.map('runs').lookup(u32(key))?.readBigUInt64LE(0))
}

function kernelIsFrom(major: number, minor: number): boolean {
  const [running = 0, patch = 0] = release().split('.').map(Number)
  return running > major || (running === major && patch >= minor)
}

/** That a program runs while its link is open, and not afterwards. */
async function expectRuns(kind: string, attach: () => { close(): void }, cause = connectOnce) {
  const link = attach()
  await cause()
  const counted = runsOf(kind)
  expect(counted).toBeGreaterThan(0)
  link.close()
  const afterClose = runsOf(kind)
  await cause()
  expect(runsOf(kind)).toBe(afterClose)
}

describe('attaching', () => {
  it('to a cgroup sees its packets until the link is closed', async () => {
    object.load()
    await expectRuns('KIND_CGROUP', () => object.attachCgroup('on_packet', cgroupRoot()))
  })

  it.skipIf(!kernelIsFrom(6, 17))(
    'to a cgroup before all others sees its packets until the link is closed',
    async () => {
      object.load()
      const links = (): string[] => bpfDescriptors().filter((name) => name.includes('link'))
      const before = links()
      await expectRuns('KIND_CGROUP', () =>
        object.attachCgroup('on_packet', cgroupRoot(), { first: true }),
      )
      expect(links()).toEqual(before)
    },
  )

  it('two programs to one cgroup lets both run', async () => {
    object.load()
    using other = openObject('kinds')
    other.load()
    object.attachCgroup('on_packet', cgroupRoot())
    other.attachCgroup('on_packet', cgroupRoot())
    await connectOnce()
    expect(runsOf('KIND_CGROUP')).toBeGreaterThan(0)
    expect(Number(other.map('runs').lookup(u32(0))?.readBigUInt64LE(0))).toBeGreaterThan(0)
  })

  it.skipIf(tracepointArguments('inet_sock_set_state') === undefined)(
    'a tp_btf program follows its section',
    async () => {
      object.load()
      await expectRuns('KIND_TP_BTF', () => object.attach('on_state_btf'))
    },
  )

  it('a raw tracepoint follows its section', async () => {
    object.load()
    await expectRuns('KIND_RAW_TP', () => object.attach('on_state_raw'))
  })

  it('a tracepoint follows its section', async () => {
    ensureTracefs()
    object.load()
    await expectRuns('KIND_TRACEPOINT', () => object.attach('on_state'))
  })

  it('a program runs at each tracepoint that it is attached to', async () => {
    ensureTracefs()
    object.load()
    const attach = () => object.attachTracepoint('on_state', 'sock/inet_sock_set_state')
    await expectRuns('KIND_TRACEPOINT', attach)
    using first = attach()
    using second = object.attachTracepoint('on_state', 'syscalls/sys_enter_getppid')
    expect([first, second].map(({ kind }) => kind)).toEqual(['tracepoint', 'tracepoint'])
  })

  it('refuses a tracepoint that is none', () => {
    ensureTracefs()
    object.load()
    const attach = (tracepoint: string) => () => object.attachTracepoint('on_state', tracepoint)
    expect(attach('getppid')).toThrow('tracepoint: expected CATEGORY/NAME, received getppid')
    expect(errorOf<BpfError>(attach('syscalls/sys_enter_nothing'))).toMatchObject({
      code: 'ENOENT',
      operation: 'attach program "on_state" to tracepoint syscalls/sys_enter_nothing',
    })
  })

  it('a uprobe runs at a function of a library', async () => {
    object.setConstant('only_tgid', process.pid)
    object.load()
    const target = { path: libcPath(), symbol: 'getpriority' }
    await expectRuns('KIND_UPROBE', () => object.attachUprobe('on_call', target), askPriority)
  })

  it('a uprobe for one process runs there', async () => {
    object.load()
    const target = { path: libcPath(), symbol: 'getpriority', pid: process.pid }
    await expectRuns('KIND_UPROBE', () => object.attachUprobe('on_call', target), askPriority)
  })

  it('a uretprobe runs when the function returns', async () => {
    object.setConstant('only_tgid', process.pid)
    object.load()
    const target = { path: libcPath(), symbol: 'getpriority', retprobe: true }
    await expectRuns('KIND_URETPROBE', () => object.attachUprobe('on_return', target), askPriority)
  })

  it('a uretprobe does not run for a function that never returns, a uprobe does', () => {
    object.load()
    object.attachUprobe('on_call', { path: libcPath(), symbol: 'exit' })
    object.attachUprobe('on_return', { path: libcPath(), symbol: 'exit', retprobe: true })
    execFileSync('/bin/true')
    expect(runsOf('KIND_UPROBE')).toBeGreaterThan(0)
    expect(runsOf('KIND_URETPROBE')).toBe(0)
  })

  it.each([Number, BigInt])('a uprobe goes to an offset in the file, as a %o', async (kindOf) => {
    object.setConstant('only_tgid', process.pid)
    object.load()
    const target = { path: libcPath(), offset: kindOf(fileOffsetOf(libcPath(), 'getpriority')) }
    await expectRuns('KIND_UPROBE', () => object.attachUprobe('on_call', target), askPriority)
  })

  it('a uprobe outside its file is refused by place', () => {
    object.load()
    expect(() => object.attachUprobe('on_call', { path: '/bin/true', offset: 2 ** 40 })).toThrow(
      /^attach program "on_call" to offset 0x10000000000 of \/bin\/true: E\w+ /,
    )
  })

  it('names its kind', () => {
    object.load()
    expect(object.attach('on_state_btf').kind).toBe('tp_btf')
    expect(object.attachCgroup('on_packet', cgroupRoot()).kind).toBe('cgroup')
  })

  it('fentry works or fails as the probe says', () => {
    object.setAutoload('on_entry', true)
    if (probeAttach('fentry').answer === 'supported') {
      object.load()
      expect(object.attach('on_entry').kind).toBe('fentry')
    } else {
      expect(() => object.load()).toThrow(/^load program "on_entry" of object "kinds": E\w+ /)
    }
  })

  it('kprobes work or fail as the probe says', () => {
    object.setAutoload('on_kernel_call', true)
    object.load()
    if (probeAttach('kprobe').answer === 'supported') {
      expect(object.attach('on_kernel_call').kind).toBe('kprobe')
    } else {
      expect(() => object.attach('on_kernel_call')).toThrow(
        /^attach program "on_kernel_call" \(kprobe\/vfs_read\): ENO\w+ /,
      )
    }
  })
})

describe('attaching where it cannot be', () => {
  beforeEach(() => object.load())

  it('names the symbol that the library lacks', () => {
    const path = libcPath()
    const error = errorOf<BpfError>(() => object.attachUprobe('on_call', { path, symbol: 'nope' }))
    expect(error).toBeInstanceOf(BpfError)
    expect(error.code).toBe('ENOENT')
    expect(error.operation).toBe(`attach program "on_call" to "nope" of ${path}`)
    expect(error.message).toContain("failed to find symbol 'nope'")
  })

  it('names the file that is missing', () => {
    const error = errorOf<BpfError>(() =>
      object.attachUprobe('on_call', { path: '/nowhere/lib.so', symbol: 'x' }),
    )
    expect(error.code).toBe('ENOENT')
    expect(error.message).toContain('/nowhere/lib.so')
  })

  it('names the directory that is no cgroup', () => {
    expect(errorOf(() => object.attachCgroup('on_packet', '/nowhere'))).toMatchObject({
      code: 'ENOENT',
      message: 'attach program "on_packet" to cgroup /nowhere: ENOENT (no such file or directory)',
    })
    expect(errorOf(() => object.attachCgroup('on_packet', '/tmp'))).toBeInstanceOf(BpfError)
  })

  it('says so for a program that its section does not place', () => {
    expect(errorOf(() => object.attach('on_packet'))).toMatchObject({
      code: 'EOPNOTSUPP',
      message:
        'attach program "on_packet" (cgroup_skb/egress): EOPNOTSUPP (operation not supported)',
    })
  })

  it('wants a place for a uprobe', () => {
    expect(() => object.attachUprobe('on_call', { path: '/bin/true' })).toThrow(
      'target: expected a symbol, an offset or both',
    )
  })
})

describe('test runs', () => {
  beforeEach(() => object.load())

  it('return what the program returned, the packet and the time of one run', () => {
    const data = Buffer.from('0123456789abcdefghijklmnopqrstuv')
    const result = object.testRun('on_packet', { data, repeat: 1000 })
    expect(result.returnValue).toBe(1)
    // The kernel drops the Ethernet header for these programs, and puts an empty one back.
    expect(result.data.subarray(14).toString()).toBe(data.subarray(14).toString())
    expect(result.durationNs).toBeGreaterThan(0)
    expect(result.durationNs).toBeLessThan(1_000_000)
    expect(runsOf('KIND_CGROUP')).toBe(1000)
  })

  it('run raw tracepoint programs on given arguments', () => {
    object.testRun('on_state_raw', { context: Buffer.alloc(32) })
    expect(runsOf('KIND_RAW_TP')).toBe(1)
  })

  it('say what the kernel does not like', () => {
    expect(() => object.testRun('on_packet', { data: Buffer.alloc(3) })).toThrow(
      'test run of program "on_packet": EINVAL (invalid argument)',
    )
  })

  it('are counted by the kernel when it keeps statistics', () => {
    object.testRun('on_packet', { data: packet })
    const info = object.programInfo('on_packet')
    expect(info.id).toBeGreaterThan(0)
    expect(info.runCount).toBeTypeOf('bigint')
    expect(info.runTimeNs).toBeTypeOf('bigint')
  })
})

/** Where a function's code is in its file. */
function fileOffsetOf(path: string, symbol: string): number {
  const text = execFileSync('readelf', ['-W', '--dyn-syms', '-l', path], { encoding: 'utf8' })
  const address = text.match(new RegExp(`: ([0-9a-f]+) .* ${symbol}@@?\\S+$`, 'm'))?.[1]
  const segment = text.match(/LOAD +(\S+) (\S+) .* R E /)
  if (address === undefined || segment === null) throw new Error(`no ${symbol} in ${path}`)
  return parseInt(address, 16) - Number(segment[2]) + Number(segment[1])
}

/** libc's getpriority, on this thread. */
async function askPriority(): Promise<void> {
  getPriority()
}
