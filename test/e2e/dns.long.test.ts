import { describe, expect, it } from 'vitest'
import { unpack } from '../kit/debian.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { netnsOf } from '../kit/flows.ts'
import { type Host, twoHosts } from '../kit/hosts.ts'
import { type LookupCount, type LookupRow, readLookups } from '../kit/lookups.ts'
import { runPython, startPython } from '../kit/servers.ts'

cleansUp()

/** Where the name server behind the name server listens; nobody else on this machine does. */
const UPSTREAM = 20_000 + (process.pid % 10_000)
/** Where that one listens whose client is at hand. */
const PORT = UPSTREAM + 1

/** As `eventually`, on a machine that has much else to do. */
const patiently = <T>(attempt: () => T | Promise<T>): Promise<T> =>
  eventually(attempt, { timeoutMs: 30_000 })

/** What a client saw of one question. */
interface Seen {
  name: string
  code: number | null
  answers?: number
  truncated?: boolean
  seconds: number
}

async function startNameServer({ netns }: Host, address: string, port: number): Promise<void> {
  const server = await startPython('name_server.py', [address, String(port)], { netns })
  await server.waitForOutput(/ready/)
}

/** Knows good.test, no name below gone.test, and asks another one for what is below up.test. */
async function startDnsmasq(host: Host): Promise<void> {
  await startNameServer(host, '127.0.0.1', UPSTREAM)
  const { env, program } = await unpack('dnsmasq-base')
  const options = ['keep-in-foreground', 'no-resolv', 'no-hosts', 'cache-size=0', 'user=root']
  const files = ['conf-file=/dev/null', 'pid-file=', 'log-facility=-']
  const names = [
    'address=/good.test/10.9.8.7',
    'address=/good.test/fd00::7',
    'local=/gone.test/',
    `server=/up.test/127.0.0.1#${UPSTREAM}`,
  ]
  const args = [...options, ...files, ...names].map((option) => `--${option}`)
  const dnsmasq = await host.start(program('dnsmasq'), args, { env })
  await dnsmasq.waitForOutput(/started/)
}

async function ask(host: Host, ...args: (string | number)[]): Promise<Seen[]> {
  const { stdout } = await runPython('looking_up.py', args.map(String), { netns: host.netns })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Seen)
}

/** Waits until the name server is there and the way to it is known. */
const isReached = (host: Host, address: string, port = PORT): Promise<void> =>
  patiently(async () => {
    const [seen] = await ask(host, 'connected', address, port, 'www.good.test/1/1')
    expect(seen!.code).not.toBe(null)
  })

const sendRaw = (host: Host, address: string, messages: readonly Buffer[]): Promise<unknown> =>
  runPython('looking_up.py', ['raw', address, String(PORT)], {
    netns: host.netns,
    input: messages.map((message) => `${message.toString('hex')}\n`).join(''),
  })

const at = (rows: readonly LookupRow[], host: Host, role: string): LookupRow[] =>
  rows.filter((row) => row.netns === netnsOf(host) && row.role === role)

/** Waits until as many lookups were told. */
const told = (
  lookups: LookupCount,
  hosts: readonly Host[],
  count: number,
  isMeant: (row: LookupRow) => boolean = () => true,
): Promise<LookupRow[]> =>
  patiently(() => {
    const places = hosts.map(netnsOf)
    const rows = lookups.rows().filter((row) => places.includes(row.netns) && isMeant(row))
    expect(rows).toHaveLength(count)
    return rows
  })

/** A message: its header's fields, and what follows. */
function message(
  { id = 1, flags = 0x0100, questions = 1 },
  ...parts: readonly (Buffer | string | number[])[]
): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id)
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(questions, 4)
  return Buffer.concat([header, ...parts.map((part) => Buffer.from(part as Buffer))])
}

/** The last zero of a name, type A, class IN. */
const END = [0, 0, 1, 0, 1]
const label = (text: string): Buffer => Buffer.from([text.length, ...Buffer.from(text)])

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('questions to name servers', () => {
  it.each([
    ['ipv4', 'connected'],
    ['ipv6', 'connected'],
    ['ipv4', 'sendto'],
    ['ipv6', 'sendto'],
  ] as const)('have their answer and its time at both ends: %s, %s', async (family, how) => {
    const [one, two] = await twoHosts()
    await startDnsmasq(two)
    const lookups = await readLookups({ ports: [53, UPSTREAM] })
    const asked = [
      ['www.good.test', 1, 20, 0],
      ['six.good.test', 28, 2, 0],
      ['www.gone.test', 1, 10, 3],
      ['www.elsewhere.test', 1, 5, 5],
      ['servfail.up.test', 1, 3, 2],
      ['slow150.up.test', 1, 3, 0],
    ] as const
    const items = asked.map(([name, type, count]) => `${name}/${type}/${count}`)
    const seen = await ask(one, how, two[family], 53, ...items)
    const count = asked.reduce((sum, [, , times]) => sum + times, 0)
    // It asks again where the other one fails.
    const isCertain = ({ name, server }: LookupRow): boolean =>
      name.startsWith('slow') || server === `${two[family]} 53`
    // Each at both ends, and the slow ones at both ends of the server behind the server as well.
    const rows = await told(lookups, [one, two], 2 * count + 2 * 3, isCertain)
    await lookups.stop()

    expect(seen.map(({ code }) => code)).toEqual(
      asked.flatMap(([, , times, code]) => Array<number>(times).fill(code)),
    )
    const codes = ['NOERROR', '', 'SERVFAIL', 'NXDOMAIN', '', 'REFUSED']
    for (const [host, role] of [
      [one, 'client'],
      [two, 'server'],
    ] as const) {
      const own = at(rows, host, role).filter(({ server }) => server === `${two[family]} 53`)
      expect(own.map(({ name, code, answers, timesAsked }) => [name, code, answers, timesAsked])) //
        .toEqual(seen.map(({ name, code, answers }) => [name, codes[code!], answers, 1]))
      expect(new Set(own.map(({ comm }) => comm.replace(/\d.*/, '')))).toEqual(
        new Set([role === 'client' ? 'python' : 'dnsmasq']),
      )
    }
    const client = at(rows, one, 'client')
    const server = at(rows, two, 'server').filter(({ comm }) => comm === 'dnsmasq')
    for (const [i, { name, durationMs, type, error, code }] of client.entries()) {
      expect(durationMs).toBeLessThanOrEqual(seen[i]!.seconds * 1000)
      expect(server[i]!.durationMs).toBeLessThan(durationMs)
      if (name.startsWith('slow')) expect(server[i]!.durationMs).toBeGreaterThanOrEqual(150)
      expect(type).toBe(name.startsWith('six') ? 'AAAA' : 'A')
      expect(error).toBe(code === 'NOERROR' ? '' : code)
    }
    const behind = rows.filter((row) => row.server === `127.0.0.1 ${UPSTREAM}`)
    expect(behind.map(({ role, comm }) => `${role} ${comm.replace(/\d.*/, '')}`).toSorted()) //
      .toEqual([
        ...Array<string>(3).fill('client dnsmasq'),
        ...Array<string>(3).fill('server python'),
      ])
  })

  it('are told without an answer when none has come in time', async () => {
    const [one, two] = await twoHosts()
    await startNameServer(two, two.ipv4, PORT)
    await isReached(one, two.ipv4)
    const lookups = await readLookups({ ports: [PORT], timeout: '1s' })
    await ask(one, 'flood', two.ipv4, PORT, 'silent.test', 4)
    await ask(one, 'connected', two.ipv4, PORT, 'www.test/1/1')
    const rows = await told(lookups, [one, two], 10)
    for (const row of rows.filter(({ name }) => name === 'silent.test')) {
      expect(row).toMatchObject({ code: '', error: 'timeout', answers: 0 })
      expect(row.durationMs).toBeGreaterThanOrEqual(1000)
    }
    // Four at each end, and one with an answer.
    expect(rows.filter(({ name }) => name === 'silent.test')).toHaveLength(8)
    expect(rows.filter(({ error }) => error === '').map(({ name }) => name)).toEqual([
      'www.test',
      'www.test',
    ])
    await lookups.stop()
    expect(lookups.counters.held).toBe(0)
  })

  it('are one however often they are sent, and have one answer however often it comes', async () => {
    const [one, two] = await twoHosts()
    await startNameServer(two, two.ipv4, PORT)
    await isReached(one, two.ipv4)
    const lookups = await readLookups({ ports: [PORT] })
    await ask(one, 'again', two.ipv4, PORT, 'slow500.test', 5)
    await told(lookups, [one, two], 2)
    await ask(one, 'connected', two.ipv4, PORT, 'twice.test/1/3')
    const rows = await told(lookups, [one, two], 8)
    const events = await patiently(() => {
      const all = lookups.events()
      // The others are answered at the server, the client's socket is closed by then or not.
      expect(all['unmatched']).toBeGreaterThanOrEqual(4 + 3)
      return all
    })
    await lookups.stop()
    expect(rows.map(({ name, timesAsked }) => `${name} ${timesAsked}`)).toEqual([
      ...Array<string>(2).fill('slow500.test 5'),
      ...Array<string>(6).fill('twice.test 1'),
    ])
    expect(events).toMatchObject({ asked: 8, asked_again: 8, answered: 8 })
  })

  it('are not matched with answers to other questions, and with their own however it is written', async () => {
    const [one, two] = await twoHosts()
    await startNameServer(two, two.ipv4, PORT)
    await isReached(one, two.ipv4)
    const lookups = await readLookups({ ports: [PORT], timeout: '1m' })
    const names = ['other', 'caps', 'noquestion', 'truncated', 'many7'].map(
      (name) => `${name}.test`,
    )
    await ask(one, 'connected', two.ipv4, PORT, ...names.map((name) => `${name}/1/1`))
    const rows = await told(lookups, [one, two], 10)
    const clients = at(rows, one, 'client')
    expect(clients.map(({ name, code, answers, truncated }) => [name, code, answers, truncated])) //
      .toEqual([
        ['other.test', 'NOERROR', 1, false],
        ['caps.test', 'NOERROR', 1, false],
        ['noquestion.test', 'FORMERR', 0, false],
        ['truncated.test', 'NOERROR', 1, true],
        ['many7.test', 'NOERROR', 7, false],
      ])
    // At both ends.
    expect(lookups.events()).toMatchObject({ asked: 10, answered: 10, other_question: 2 })
    await lookups.stop()
  })

  it('are given up when their id is used for another one', async () => {
    const [one, two] = await twoHosts()
    await startNameServer(two, two.ipv4, PORT)
    await isReached(one, two.ipv4)
    const lookups = await readLookups({ ports: [PORT], timeout: '1m' })
    await ask(
      one,
      'reuse',
      two.ipv4,
      PORT,
      'silent.one/1',
      'silent.one/28',
      'silent.two/28',
      'www.three/1',
    )
    const rows = at(await told(lookups, [one, two], 8), one, 'client')
    expect(rows.map(({ name, type, error }) => [name, type, error])).toEqual([
      ['silent.one', 'A', 'timeout'],
      ['silent.one', 'AAAA', 'timeout'],
      ['silent.two', 'AAAA', 'timeout'],
      ['www.three', 'A', ''],
    ])
    expect(lookups.events()).toMatchObject({ asked: 8, replaced: 6, answered: 2 })
    await lookups.stop()
  })

  it('of connected sockets name the server that was asked, not the one behind NAT', async () => {
    const { env, program } = await unpack('nftables')
    const [one, two] = await twoHosts()
    await startNameServer(two, two.ipv4, PORT)
    const service = '10.204.0.1'
    await one.run('ip', ['route', 'add', service, 'via', two.ipv4])
    const rule = `ip daddr ${service} udp dport ${UPSTREAM} dnat to ${two.ipv4}:${PORT}`
    const chain = `chain c {\ntype nat hook output priority -100;\n${rule}\n}`
    await one.run(program('nft'), [`table ip t {\n${chain}\n}`], { env })
    await isReached(one, service, UPSTREAM)
    const lookups = await readLookups({ ports: [UPSTREAM] })
    const seen = await ask(one, 'connected', service, UPSTREAM, 'www.test/1/3', 'nxdomain.test/1/2')
    // The name server's port is not among those that are read.
    const rows = await told(lookups, [one, two], seen.length)
    await lookups.stop()
    expect(rows.map(({ role, server, name, code }) => `${role} ${server} ${name} ${code}`)).toEqual(
      [
        ...Array<string>(3).fill(`client ${service} ${UPSTREAM} www.test NOERROR`),
        ...Array<string>(2).fill(`client ${service} ${UPSTREAM} nxdomain.test NXDOMAIN`),
      ],
    )
  })

  it('are counted where more wait than there is room for', async () => {
    const [one, two] = await twoHosts()
    const sink = await startPython('datagrams.py', ['sink', String(PORT)], { netns: two.netns })
    await sink.waitForOutput(/ready/)
    const lookups = await readLookups({ ports: [PORT], max_lookups: 16, timeout: '2s' })
    await ask(one, 'flood', two.ipv4, PORT, 'silent.test', 100)
    // At both ends, of which neither has an answer.
    await patiently(() => {
      const { asked = 0, lookups_full = 0 } = lookups.events()
      expect(asked + lookups_full).toBe(200)
    })
    const { asked = 0, lookups_full = 0 } = lookups.events()
    expect(asked).toBeGreaterThanOrEqual(16)
    expect(lookups_full).toBeGreaterThan(0)
    await told(lookups, [one, two], asked)
    await lookups.stop()
    expect(lookups.counters.dropped.get('lookups_full')).toBe(lookups_full)
  })

  it('are told apart from messages that are none, by what is wrong with them', async () => {
    const [one, two] = await twoHosts()
    const sink = await startPython('datagrams.py', ['sink', String(PORT)], { netns: two.netns })
    await sink.waitForOutput(/ready/)
    const lookups = await readLookups({ ports: [PORT], timeout: '1m' })
    const longest = Buffer.concat([
      ...Array.from({ length: 3 }, () => label('a'.repeat(63))),
      label('b'.repeat(61)),
    ])
    const many = Buffer.concat(Array.from({ length: 127 }, () => label('c')))
    const www = label('www')
    const wrong: Record<string, Buffer[]> = {
      short: [
        Buffer.alloc(0),
        Buffer.alloc(11),
        message({}),
        message({}, www),
        message({}, www, [0, 0, 1, 0]),
        message({}, [40], 'too short'),
      ],
      bad_name: [
        message({}, [0xc0, 12], END),
        message({}, www, [0xc0, 12], END),
        message({}, [64], 'x'.repeat(64), END),
        message({}, longest, label('x'), END),
        message({}, many, label('c'), END),
        message({}, Buffer.alloc(400, 63)),
      ],
      questions: [
        message({ questions: 0 }),
        message({ questions: 2 }, www, END, www, END),
        message({ questions: 65_535 }, www, END),
      ],
      operation: [message({ flags: 0x2800 }, www, END), message({ flags: 0x7800 }, www, END)],
      misdirected: [message({ flags: 0x8180 }, www, END)],
    }
    const right = [
      message({ id: 11 }, END),
      message({ id: 12 }, longest, END),
      message({ id: 13 }, many, END),
      message({ id: 14 }, label('a.b\\'), label('\0\x7f '), END),
      message({ id: 15 }, www, [0, 0, 99, 0, 1], 'what is behind it'),
    ]
    await sendRaw(one, two.ipv4, [...Object.values(wrong).flat(), ...right])
    const expected = Object.entries(wrong).map(([reason, { length }]) => [reason, 2 * length])
    // As each end sees them.
    const events = { asked: 2 * right.length, ...Object.fromEntries(expected) }
    await patiently(() => expect(lookups.events()).toEqual(events))
    await lookups.stop()
  })
})
