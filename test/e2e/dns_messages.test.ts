import type { BpfObject } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { nameText } from '../../receivers/ebpf_flows/dns_names.ts'
import {
  DNS_COUNTERS,
  DNS_LOOKUP,
  type DnsCounter,
  LOOKUP_SIZE,
} from '../../receivers/ebpf_flows/dns_record.ts'
import { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { openObject } from '../../src/kernel/objects.ts'
import { cleansUp, isRoot, kernelHas } from '../kit/fixtures.ts'
import { numbersFrom } from '../kit/random.ts'

cleansUp()

const MESSAGES = 4000
const PORT = 53

interface Message {
  readonly bytes: Buffer
  readonly egress: boolean
  readonly localPort: number
  readonly peerPort: number
}

type Random = (limit: number) => number

/** Labels that are right for the most part; some are too long, refer to others, or are endless. */
function randomName(random: Random): Buffer {
  const labels = Array.from({ length: random(12) === 0 ? random(140) : random(6) }, () => {
    const length = random(40) === 0 ? random(256) : 1 + random(random(8) === 0 ? 63 : 12)
    const text = Buffer.from(Array.from({ length: Math.min(length, 80) }, () => random(256)))
    return Buffer.concat([Buffer.from([length]), text])
  })
  const end = random(20) === 0 ? Buffer.from([0xc0, random(256)]) : Buffer.from([0])
  return Buffer.concat([...labels, end])
}

function randomMessage(random: Random): Message {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(random(65_536))
  header.writeUInt16BE(random(10) === 0 ? random(65_536) : random(4) === 0 ? 0x8180 : 0x0100, 2)
  header.writeUInt16BE(random(15) === 0 ? random(3) : 1, 4)
  const tail = Buffer.from([0, 1 + random(60), 0, 1])
  const whole = Buffer.concat([header, randomName(random), tail, Buffer.alloc(random(300), 7)])
  const bytes = whole.subarray(0, random(8) === 0 ? random(whole.length) : whole.length)
  const ports = [PORT, 1000 + random(60_000)] as const
  const isServer = random(2) === 0
  const [localPort, peerPort] = isServer ? ports : [ports[1], ports[0]]
  return { bytes, egress: random(2) === 0, localPort, peerPort }
}

/** An IPv4 packet behind an Ethernet header, as a test run of a program takes it. */
function frameOf({ bytes, egress, localPort, peerPort }: Message): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8)
  frame.writeUInt16BE(0x0800, 12)
  frame.writeUInt8(0x45, 14)
  frame.writeUInt16BE(20 + 8 + bytes.length, 16)
  frame.writeUInt8(17, 23)
  frame.writeUInt32BE(0x0a000001, 26)
  frame.writeUInt32BE(0x0a000002, 30)
  const [source, target] = egress ? [localPort, peerPort] : [peerPort, localPort]
  frame.writeUInt16BE(source, 34)
  frame.writeUInt16BE(target, 36)
  frame.writeUInt16BE(8 + bytes.length, 38)
  return Buffer.concat([frame, bytes])
}

/** The name at the front and what follows it; what is wrong with it where there is none. */
function nameAt(bytes: Buffer): Buffer | 'short' | 'bad_name' {
  let end = 0
  for (;;) {
    if (end > 254) return 'bad_name'
    const length = bytes[end]
    if (length === undefined) return 'short'
    if (length === 0) return bytes.subarray(0, end + 1)
    if (length > 63) return 'bad_name'
    end += 1 + length
  }
}

/** What a message is, or the name that it asks for. Each comes on a socket of its own. */
function judge({ bytes, egress, localPort, peerPort }: Message): DnsCounter | Buffer {
  if (bytes.length < 12) return 'short'
  const flags = bytes.readUInt16BE(2)
  const questions = bytes.readUInt16BE(4)
  const isAnswer = flags >= 0x8000
  if ((egress === isAnswer ? localPort : peerPort) !== PORT) return 'misdirected'
  if ((flags & 0x7800) !== 0) return 'operation'
  const isRefusal = isAnswer && questions === 0 && (flags & 15) !== 0
  if (questions !== 1 && !isRefusal) return 'questions'
  if (isAnswer) return 'unmatched'
  const name = nameAt(bytes.subarray(12))
  if (typeof name === 'string') return name
  return bytes.length < 12 + name.length + 4 ? 'short' : name
}

function namesWaiting(object: BpfObject): string[] {
  return [...object.map('lookups').lookupBatch()].flatMap(({ values, count }) =>
    Array.from({ length: count }, (_, i) => {
      const lookup = values.subarray(i * LOOKUP_SIZE, (i + 1) * LOOKUP_SIZE)
      const { name } = DNS_LOOKUP
      return nameText(lookup.subarray(name, name + lookup.readUInt8(DNS_LOOKUP.name_length)))
    }),
  )
}

it.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'messages to and from name servers are what they are, however they are made',
  () => {
    using object = openObject('flows')
    object.setMaxEntries('lookups', MESSAGES)
    object.load()
    const random = numbersFrom(53)
    const counts = Object.fromEntries(DNS_COUNTERS.map((name) => [name, 0]))
    const names: string[] = []
    for (let i = 0; i < MESSAGES; i++) {
      const message = randomMessage(random)
      const program = message.egress ? 'flows_egress' : 'flows_ingress'
      expect(object.testRun(program, { data: frameOf(message) }).returnValue).toBe(1)
      const verdict = judge(message)
      counts[typeof verdict === 'string' ? verdict : 'asked']! += 1
      if (typeof verdict !== 'string') names.push(nameText(verdict))
    }
    expect(new CpuCounters(object.map('dns_counters'), DNS_COUNTERS).read()).toEqual(counts)
    expect(namesWaiting(object).toSorted()).toEqual(names.toSorted())
    // There are enough of each.
    const { asked, short, bad_name, questions, operation, misdirected, unmatched } = counts
    for (const count of [asked, short, bad_name, questions, operation, misdirected, unmatched]) {
      expect(count).toBeGreaterThan(50)
    }
  },
)
