import { setImmediate as turn } from 'node:timers/promises'
import { RingBuffer } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { loadObject, openObject } from '../../src/kernel/objects.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { netnsOf } from '../../test/kit/flows.ts'
import { twoHosts } from '../../test/kit/hosts.ts'
import { attachPrograms, FALLBACKS, OPTIONAL_PROGRAMS } from './programs.ts'
import { FLOW_REPORT as AT, REPORT_SIZE } from './record.ts'

cleansUp()

const SOCKETS = 20_000

/** Each socket sends one datagram, and is closed at once. */
const SENDERS = `
import socket
for _ in range(${SOCKETS}):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(('10.203.0.1', 5600))
    s.send(b'x')
    s.close()
`

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2') || !kernelAtLeast(5, 11))(
  'a UDP socket that is closed',
  () => {
    it('while a walk looks at it is told of once', { timeout: 60_000 }, async () => {
      const [host] = await twoHosts()
      const { object, refused } = loadObject({
        open: () => openObject('flows'),
        configure: () => {},
        optional: Object.keys(OPTIONAL_PROGRAMS),
        fallbacks: FALLBACKS,
        onRefused: () => {},
      })
      atEnd('the programs of flows', () => object.close())
      const { link: walk } = attachPrograms(object, refused).at(-1)!
      const ring = new RingBuffer(object.map('closed'))
      const netns = netnsOf(host)
      let packets = 0
      const add = (bytes: Buffer, at: number): void => {
        if (bytes.readUInt32LE(at + AT['socket.netns']) !== netns) return
        if (bytes.readUInt8(at + AT.protocol) !== 17) return
        packets += Number(bytes.readBigUInt64LE(at + AT['counts.packets_sent']))
      }
      const bytes = Buffer.alloc(1 << 20)
      const index = new Uint32Array(16_384)
      const look = (): void => {
        const walked = walk.read()
        for (let at = 0; at < walked.length; at += REPORT_SIZE) add(walked, at)
        const records = ring.drain(bytes, index)
        for (let i = 0; i < records; i++) add(bytes, index[2 * i] as number)
      }
      const senders = await host.start('python3', ['-c', SENDERS])
      while (!senders.exit) {
        for (let i = 0; i < 100; i++) look()
        await turn()
      }
      look()
      expect(packets).toBe(SOCKETS)
    })
  },
)
