import { existsSync } from 'node:fs'
import { type BpfObject, probeAttach } from 'libbpf-addon'
import { afterEach, describe, expect, it } from 'vitest'
import { balance, FORBIDDEN_PORT, REAL_PORT, VIRTUAL } from '../../test/kit/balancer.ts'
import { cleansUp, eventually, isRoot, kernelAtLeast, kernelHas } from '../../test/kit/fixtures.ts'
import { type Host, twoHosts } from '../../test/kit/hosts.ts'
import { needTracefs } from '../../test/kit/tracefs.ts'
import { openObject } from '../../src/kernel/objects.ts'
import { follow, type Following, sum, type Told } from './reports_for_tests.ts'

cleansUp()

let following: Following | undefined
afterEach(() => following?.receiver.shutdown())

const fentry = probeAttach('fentry').answer === 'supported'
const seesConnect = fentry || kernelAtLeast(6, 17)

/** Where hooks at functions are missing, the end of the system call tells the errno. */
function knowsErrno(): boolean {
  if (fentry) return true
  needTracefs()
  return existsSync('/sys/kernel/tracing/events/syscalls/sys_exit_connect')
}

/** Takes connections and keeps them. */
const SERVER = `
import socket, threading
listener = socket.create_server(('', ${REAL_PORT}), family=socket.AF_INET6, dualstack_ipv6=True)
print('ready', flush=True)
kept = []
while True: kept.append(listener.accept()[0])
`

/** Connects to each place so many times and counts what comes of it, by errno. */
const CLIENT = `
import errno, json, socket, sys
outcomes = {}
for host, port, times in json.loads(sys.argv[1]):
    for _ in range(times):
        s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
        name = errno.errorcode.get(s.connect_ex((host, port)), '')
        key = f'{host} {port} {name}'
        outcomes[key] = outcomes.get(key, 0) + 1
        s.close()
print(json.dumps(outcomes))
`

type Place = readonly [host: string, port: number, times: number]

async function connect(from: Host, places: readonly Place[]): Promise<Record<string, number>> {
  const { stdout } = await from.run('python3', ['-c', CLIENT, JSON.stringify(places)])
  return JSON.parse(stdout) as Record<string, number>
}

/** How many connects failed, by where to and why. */
function failures(told: readonly Told[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { peer, reason, failed = 0 } of told) {
    if (failed > 0) counts[`${peer} ${reason}`] = (counts[`${peer} ${reason}`] ?? 0) + failed
  }
  return counts
}

/** Without the errno where this kernel does not tell it. */
function asTold(outcomes: Record<string, number>, isKnown = knowsErrno()): Record<string, number> {
  const rows = Object.entries(outcomes).map(([key, count]): [string, number] => {
    const isSeen = isKnown || key.endsWith(' ECONNREFUSED')
    return [isSeen ? key : key.replace(/\w+$/, ''), count]
  })
  return Object.fromEntries(rows)
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2') || !seesConnect)(
  'connect, before TCP begins',
  () => {
    it('is told with what the program asked for, where others connected it elsewhere', async () => {
      const [near, far] = await twoHosts()
      // It is there first, as after a new start of the agent.
      await balance(far)
      following = await follow()
      const server = await far.start('python3', ['-c', SERVER])
      await server.waitForOutput(/ready/)
      const outcomes = await connect(near, [
        [VIRTUAL.ipv4, VIRTUAL.port, 3],
        [VIRTUAL.ipv6, VIRTUAL.port, 2],
        [far.ipv4, REAL_PORT, 4],
      ])
      expect(Object.keys(outcomes).every((key) => key.endsWith(' '))).toBe(true)
      await eventually(() => expect(sum(following!.of(near, 'client'), 'closed')).toBe(9))
      const opened: Record<string, number> = {}
      for (const { peer, asked, opened: count = 0 } of following.of(near, 'client')) {
        opened[`${peer} < ${asked}`] = (opened[`${peer} < ${asked}`] ?? 0) + count
      }
      expect(opened).toEqual({
        [`${far.ipv4} ${REAL_PORT} < ${VIRTUAL.ipv4} ${VIRTUAL.port}`]: 3,
        [`${far.ipv6} ${REAL_PORT} < ${VIRTUAL.ipv6} ${VIRTUAL.port}`]: 2,
        [`${far.ipv4} ${REAL_PORT} < `]: 4,
      })
      expect(following.of(far, 'server').filter(({ asked }) => asked !== '')).toEqual([])
    })

    it('[1.16] that fails is told once, with the errno of its program', async () => {
      const [near, far] = await twoHosts()
      await balance(far)
      await near.run('ip', ['route', 'add', 'unreachable', '198.51.100.0/24'])
      await near.run('ip', ['route', 'add', 'prohibit', '203.0.113.0/24'])
      following = await follow()
      const outcomes = await connect(near, [
        ['192.0.2.1', 443, 7],
        ['2001:db8::1', 443, 5],
        ['198.51.100.1', 80, 4],
        ['203.0.113.1', 80, 3],
        ['fe80::1', 80, 2],
        [far.ipv4, FORBIDDEN_PORT, 6],
        [far.ipv4, 7001, 8],
      ])
      expect(outcomes).toEqual({
        '192.0.2.1 443 ENETUNREACH': 7,
        '2001:db8::1 443 ENETUNREACH': 5,
        '198.51.100.1 80 EHOSTUNREACH': 4,
        '203.0.113.1 80 EACCES': 3,
        'fe80::1 80 EINVAL': 2,
        [`${far.ipv4} ${FORBIDDEN_PORT} EPERM`]: 6,
        [`${far.ipv4} 7001 ECONNREFUSED`]: 8,
      })
      await eventually(() => expect(sum(following!.of(near), 'failed')).toBe(35))
      const told = following.of(near)
      expect(failures(told)).toEqual(asTold(outcomes))
      expect([sum(told, 'opened'), sum(told, 'closed')]).toEqual([35, 0])
      expect(new Set(told.map(({ comm, role }) => `${comm} ${role}`))).toEqual(
        new Set(['python3 client']),
      )
    })

    it.skipIf(fentry)('that fails is told without errno where it is not seen', async () => {
      const [near] = await twoHosts()
      following = await follow({}, undefined, () => refusing('sockets_errno'))
      const outcomes = await connect(near, [['192.0.2.1', 443, 3]])
      await eventually(() => expect(sum(following!.of(near), 'failed')).toBe(3))
      expect(failures(following.of(near))).toEqual(asTold(outcomes, false))
    })

    it('that fails on a socket which succeeds later is told beside it', async () => {
      const [near, far] = await twoHosts()
      following = await follow()
      const server = await far.start('python3', ['-c', SERVER])
      await server.waitForOutput(/ready/)
      const script = `
import socket
s = socket.socket()
for host in ['192.0.2.1', '192.0.2.2', '${far.ipv4}']: s.connect_ex((host, ${REAL_PORT}))
s.sendall(b'hello')
`
      await near.run('python3', ['-c', script])
      await eventually(() => expect(sum(following!.of(near), 'closed')).toBe(1))
      const told = following.of(near)
      expect(failures(told)).toEqual(
        asTold({
          [`192.0.2.1 ${REAL_PORT} ENETUNREACH`]: 1,
          [`192.0.2.2 ${REAL_PORT} ENETUNREACH`]: 1,
        }),
      )
      expect([sum(told, 'opened'), sum(told, 'bytes_sent')]).toEqual([3, 5])
      expect(told.filter(({ asked }) => asked !== '')).toEqual([])
    })
  },
)

/** The programs, one of which cannot be attached. */
function refusing(program: string): BpfObject {
  const object = openObject('sockets')
  const attach = object.attach.bind(object)
  object.attach = (name) => {
    if (name === program) throw new Error('no such tracepoint')
    return attach(name)
  }
  return object
}
