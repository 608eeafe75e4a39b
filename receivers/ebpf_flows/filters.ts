import { statSync } from 'node:fs'
import type { BpfObject } from 'libbpf-addon'
import type { Cidr } from '../../src/helpers/cidr.ts'
import type { PortSet } from '../../src/helpers/selection_ports.ts'
import { type EbpfFlowsConfig, MAX_PORT_RANGES } from './config.ts'

/** `enum range_value` of bpf/flows/flows_filter.bpf.h. */
const CHOSEN = 1
const LEFT_OUT = 2

/** Sets what the programs choose by, before they are loaded. */
export function setFilters(
  object: Pick<BpfObject, 'setConstant'>,
  filters: EbpfFlowsConfig['filters'],
): void {
  const { addresses, exclude_addresses, direction, udp_sampling } = filters
  object.setConstant('by_address', addresses.length + exclude_addresses.length > 0)
  object.setConstant('chosen_addresses', addresses.length > 0)
  object.setConstant('chosen_ports', rangesOf(filters.ports))
  object.setConstant('left_out_ports', rangesOf(filters.exclude_ports))
  object.setConstant('count_sent', direction !== 'received')
  object.setConstant('count_received', direction !== 'sent')
  object.setConstant('sampling', udp_sampling)
}

/** Sets what is counted at interfaces, before the programs are loaded. */
export function setInterfaces(
  object: Pick<BpfObject, 'setConstant' | 'setMaxEntries'>,
  { interfaces, protocols, max_interface_flows }: EbpfFlowsConfig,
  netns: number = statSync('/proc/self/ns/net').ino,
): void {
  const some = interfaces.length > 0
  object.setConstant('at_interfaces', some)
  object.setConstant('interface_netns', netns)
  for (const protocol of ['tcp', 'udp', 'icmp', 'other'] as const) {
    object.setConstant(`count_${protocol}`, protocols.includes(protocol))
  }
  for (const map of ['frames_0', 'frames_1']) {
    object.setMaxEntries(map, some ? max_interface_flows : 1)
  }
  // Twice as many, so that none in use has to make room.
  object.setMaxEntries('claims', some ? max_interface_flows * 2 : 1)
}

/** Tells loaded programs the ranges of addresses. */
export function fillRanges(
  object: Pick<BpfObject, 'map'>,
  { addresses, exclude_addresses }: EbpfFlowsConfig['filters'],
): void {
  const map = object.map('ranges')
  // What is left out wins where the same range is chosen, too.
  for (const range of addresses) map.update(keyOf(range), wordOf(CHOSEN))
  for (const range of exclude_addresses) map.update(keyOf(range), wordOf(LEFT_OUT))
}

function keyOf({ bits, address }: Cidr): Buffer {
  return Buffer.concat([wordOf(bits), address])
}

function wordOf(value: number): Buffer {
  const word = Buffer.alloc(4)
  word.writeUInt32LE(value)
  return word
}

/** `struct port_range` each; the others are zeros. */
function rangesOf(set: PortSet | undefined): Buffer {
  const bytes = Buffer.alloc(MAX_PORT_RANGES * 4)
  for (const [i, [first, last]] of (set?.ranges ?? []).entries()) {
    bytes.writeUInt16LE(first, i * 4)
    bytes.writeUInt16LE(last, i * 4 + 2)
  }
  return bytes
}
