import { join } from 'node:path'
import { BpfObject } from 'libbpf-addon'
import { parseCidr } from '../../src/helpers/cidr.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import { atEnd } from './cleanup.ts'
import { compileBpf } from './compile.ts'
import type { Host } from './hosts.ts'

/** The address that programs connect to. */
export const VIRTUAL = { ipv4: '10.96.0.10', ipv6: 'fd00:96::10', port: 7080 }
/** Where they are connected instead, at the host that stands for it. */
export const REAL_PORT = 7000
/** Connects to this port are refused, wherever they go. */
export const FORBIDDEN_PORT = 7013

/** Does what a load balancer at sockets does, until the test ends; needs root and cgroup v2. */
export async function balance({ ipv4, ipv6 }: Host): Promise<void> {
  const source = join(import.meta.dirname, 'programs', 'other_address.bpf.c')
  const object = BpfObject.open(await compileBpf(source))
  atEnd('a program at connect', () => object.close())
  object.setConstant('virtual_ipv4', addressOf(VIRTUAL.ipv4).readUInt32LE(12))
  object.setConstant('virtual_ipv6', addressOf(VIRTUAL.ipv6))
  object.setConstant('virtual_port', networkOrder(VIRTUAL.port))
  object.setConstant('real_ipv4', addressOf(ipv4).readUInt32LE(12))
  object.setConstant('real_ipv6', addressOf(ipv6))
  object.setConstant('real_port', networkOrder(REAL_PORT))
  object.setConstant('forbidden_port', networkOrder(FORBIDDEN_PORT))
  object.load()
  for (const program of ['connect4', 'connect6']) object.attachCgroup(program, cgroup2Root()!)
}

function addressOf(text: string): Buffer {
  return parseCidr(text)!.address
}

function networkOrder(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8)
}
