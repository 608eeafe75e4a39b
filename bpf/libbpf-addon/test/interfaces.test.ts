import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  type BpfObject,
  type InterfaceLink,
  type InterfaceTarget,
  networkInterfaces,
  probeAttach,
} from '../lib/index.js'
import { errorOf, loadObject, u32, until } from './support.js'

const name = `wgt${process.pid}`
const ip = (...args: string[]): string =>
  execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A pair of which one end is there for the test. */
function makeInterface(): number {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`)
  const found = networkInterfaces().find((one) => one.name === name)
  if (found === undefined) throw new Error('the new interface is not among them')
  return found.index
}

function removeInterface(): void {
  try {
    ip('link', 'delete', name)
  } catch {
    // The test has.
  }
}

const kinds = ['tcx', 'tc'] as const
const has = { tcx: probeAttach('tcx').answer === 'supported', tc: true }
const place = { handle: 1, priority: 49_123 }

let object: BpfObject
let ifindex: number

beforeEach(() => {
  ifindex = makeInterface()
  object = loadObject('kinds')
})
afterEach(() => {
  object.close()
  removeInterface()
})

function attach(
  kind: 'tc' | 'tcx',
  target: InterfaceTarget = { ifindex, direction: 'ingress' },
  to = object,
): InterfaceLink {
  if (kind === 'tcx') return to.attachTcx('on_frame', target)
  return to.attachTc('on_frame', { ...target, ...place })
}

function runs(of = object): number {
  const key = u32(of.enumValues('kind')['KIND_FRAME'] as number)
  return Number(of.map('runs').lookup(key)?.readBigUInt64LE(0))
}

/** One datagram over loopback: a frame out, a frame in. */
async function sendOne(): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.send('x', 9, '127.0.0.1', () => resolve()))
  socket.close()
}

describe.each(kinds.filter((kind) => has[kind]))('attaching to an interface by %s', (kind) => {
  it.each(['ingress', 'egress'] as const)('sees its packets at %s until closed', async (way) => {
    const lo = networkInterfaces().find((one) => one.name === 'lo')!.index
    const link = attach(kind, { ifindex: lo, direction: way })
    expect([link.kind, link.attached]).toEqual([kind, true])
    await sendOne()
    await until(() => runs() > 0, 'a frame is seen')
    link.close()
    const seen = runs()
    await sendOne()
    expect(runs()).toBe(seen)
  })

  it('may be closed twice, and before its object', () => {
    const link = attach(kind)
    link.close()
    link.close()
    expect(link.closed).toBe(true)
    expect(() => link.attached).toThrow(`link (${kind}) of program "on_frame" is closed`)
    attach(kind)
    object.close()
  })

  it('knows that its interface is gone, and is closed all the same', () => {
    const link = attach(kind)
    removeInterface()
    expect(link.attached).toBe(false)
    link.close()
    link.close()
    expect(errorOf(() => attach(kind))).toMatchObject({ code: 'ENODEV' })
  })

  it('says which interface is not there', () => {
    const target = { ifindex: 2 ** 31 - 1, direction: 'ingress' } as const
    expect(() => attach(kind, target)).toThrow(
      `attach program "on_frame" to ingress of interface 2147483647 (${kind}): ENODEV (no such device)`,
    )
  })

  it('wants a number and a direction', () => {
    const bad = (target: object) => () => attach(kind, target as InterfaceTarget)
    expect(bad({ ifindex: 0, direction: 'egress' })).toThrow(
      'target.ifindex: expected an integer from 1 to 2147483647, received 0',
    )
    expect(bad({ ifindex: 1, direction: 'up' })).toThrow(
      'target.direction: expected one of "ingress", "egress", received \'up\'',
    )
  })

  it('is refused for a program of another type', () => {
    const target = { ifindex, direction: 'ingress' } as const
    const other = (): unknown =>
      kind === 'tcx'
        ? object.attachTcx('on_packet', target)
        : object.attachTc('on_packet', { ...target, ...place })
    expect(errorOf(other)).toMatchObject({ code: 'EINVAL' })
  })
})

it.skipIf(!has.tcx)('two tcx programs at one interface both run', () => {
  using other = loadObject('kinds')
  const links = [attach('tcx'), attach('tcx', undefined, other)]
  expect(links.map(({ attached }) => attached)).toEqual([true, true])
})

it('a tc filter takes the place of the one before, which leaves it alone then', () => {
  using other = loadObject('kinds')
  const before = attach('tc')
  const after = attach('tc', undefined, other)
  expect([before.attached, after.attached]).toEqual([false, true])
  before.close()
  expect(after.attached).toBe(true)
})

it('a tc filter that somebody takes away is not attached any more', () => {
  const link = attach('tc')
  execFileSync('tc', ['qdisc', 'delete', 'dev', name, 'clsact'])
  expect(link.attached).toBe(false)
  link.close()
})
