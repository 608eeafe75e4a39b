import { join } from 'node:path'
import type { BpfObject, IteratorLink } from 'libbpf-addon'
import { loadObject, openObject } from '../../src/kernel/objects.ts'
import { compile } from '../../test/kit/compile.ts'
import type { Host } from '../../test/kit/hosts.ts'
import { attachPrograms, FALLBACKS, OPTIONAL_PROGRAMS } from './programs.ts'
import { REPORT_SIZE, SOCKET_REPORT } from './record.ts'

/** Attaches the programs as the receiver does; closing the object ends them. */
export function attachWalk(): { object: BpfObject; walk: IteratorLink } {
  const { object, refused } = loadObject({
    open: () => openObject('sockets'),
    configure: () => {},
    optional: Object.keys(OPTIONAL_PROGRAMS),
    fallbacks: FALLBACKS,
    onRefused: () => {},
  })
  const walk = attachPrograms(object, refused)
  if (walk) return { object, walk }
  object.close()
  throw new Error('this kernel cannot walk sockets')
}

/** Has a program on the host hold both ends of so many connections; each has sent ten bytes. */
export async function holdConnections(host: Host, connections: number): Promise<void> {
  const source = join(import.meta.dirname, '../../test/kit/programs/hold_sockets.c')
  const program = await host.start(await compile(source), [String(connections)])
  await program.waitForOutput(/held/, { timeoutMs: 60_000 })
}

/** What a walk told of the sockets of one network namespace. */
export interface Walked {
  /** The sockets' cookies. */
  readonly sockets: ReadonlySet<bigint>
  readonly bytesSent: number
}

/** Reads what a walk wrote. @param netns the namespace's inode */
export function walkedIn(written: Buffer, netns: number): Walked {
  const cookies = new Set<bigint>()
  let bytesSent = 0
  for (let at = 0; at < written.length; at += REPORT_SIZE) {
    if (written.readUInt32LE(at + SOCKET_REPORT['socket.netns']) !== netns) continue
    cookies.add(written.readBigUInt64LE(at + SOCKET_REPORT['socket.cookie']))
    bytesSent += Number(written.readBigUInt64LE(at + SOCKET_REPORT.bytes_sent))
  }
  return { sockets: cookies, bytesSent }
}
