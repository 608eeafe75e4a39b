import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import {
  type BothEnds,
  endsOf,
  exchange,
  expectExchanges,
  plainExchange,
  said,
} from '../../kit/exchanges.ts'
import { cleansUp, kernelHas, runsAgent } from '../../kit/fixtures.ts'
import { request, response } from '../../kit/messages.ts'
import { rawPair, pass } from '../../kit/raw.ts'

cleansUp({ alone: true })

describe.skipIf(!runsAgent())('the addresses of an exchange', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it.skipIf(!kernelHas('ipv6'))('over IPv4 to a server on all of IPv6 are IPv4', async () => {
    const pair = await rawPair({ host: '::', to: '127.0.0.1' })
    const exchanges = [await plainExchange(pair, '/1'), await plainExchange(pair, '/2')]
    await pair.close()
    const { clients, servers } = await expectExchanges(agent, pair.port, exchanges)
    for (const { attributes } of servers) {
      expect(attributes).toMatchObject({
        'client.address': '127.0.0.1',
        'network.peer.address': '127.0.0.1',
        'network.local.address': '127.0.0.1',
        'network.peer.port': pair.client.localPort,
      })
    }
    for (const { attributes } of clients) {
      expect(attributes).toMatchObject({
        'network.peer.address': '127.0.0.1',
        'network.local.address': '127.0.0.1',
      })
    }
  })

  it.skipIf(!kernelHas('ipv6'))(
    'of a client with a socket for IPv6 over IPv4 are IPv4',
    async () => {
      const pair = await rawPair({ host: '127.0.0.1', to: '::ffff:127.0.0.1' })
      const exchanges = [await plainExchange(pair)]
      await pair.close()
      const { clients } = await expectExchanges(agent, pair.port, exchanges)
      expect(clients[0]!.attributes).toMatchObject({
        'network.peer.address': '127.0.0.1',
        'network.local.address': '127.0.0.1',
      })
    },
  )

  /** Signature, version 2 and command, family and length (PROXY protocol, section 2.2). */
  function version2(command: number, family: number, addresses: Buffer): string {
    const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex')
    head[12] = 0x20 | command
    head[13] = family
    head.writeUInt16BE(addresses.length, 14)
    return Buffer.concat([head, addresses]).toString('latin1')
  }
  const ports = Buffer.from('dcad01bb', 'hex')
  const ipv4 = Buffer.concat([Buffer.from([192, 0, 2, 1, 198, 51, 100, 2]), ports])
  const ipv6 = Buffer.concat([
    Buffer.from('20010db8000000000000000000000001', 'hex'),
    Buffer.from('20010db8000000000000000000000002', 'hex'),
    ports,
  ])
  // A type-length-value that tells of TLS, with text in it that looks like a request.
  const more = Buffer.concat([Buffer.from([0x02, 0, 16]), Buffer.from('GET / HTTP/1.1\r\n')])
  const wire = '127.0.0.1'

  const headers: [string, string, string][] = [
    ['1 over IPv4', 'PROXY TCP4 192.0.2.1 198.51.100.2 56493 443\r\n', '192.0.2.1'],
    ['1 over IPv6', 'PROXY TCP6 2001:db8::1 2001:db8::2 56493 443\r\n', '2001:db8::1'],
    [
      '1 with the longest addresses',
      `PROXY TCP6 ${Array(8).fill('abcd').join(':')} ${Array(8).fill('ef01').join(':')} 65535 65535\r\n`,
      Array(8).fill('abcd').join(':'),
    ],
    ['1 that knows nothing', 'PROXY UNKNOWN\r\n', wire],
    ['2 over IPv4', version2(1, 0x11, ipv4), '192.0.2.1'],
    ['2 over IPv6', version2(1, 0x21, ipv6), '2001:db8::1'],
    ['2 with more values', version2(1, 0x11, Buffer.concat([ipv4, more])), '192.0.2.1'],
    ['2 for a health check', version2(0, 0, Buffer.alloc(0)), wire],
  ]

  function expectClient({ clients, servers }: BothEnds, address: string): void {
    for (const { attributes } of servers) {
      expect(attributes).toMatchObject({
        'client.address': address,
        'network.peer.address': wire,
        'network.local.address': wire,
      })
    }
    for (const { attributes } of clients) {
      expect(attributes).toMatchObject({
        'network.peer.address': wire,
        'server.address': 'raw.test',
      })
    }
  }

  describe.each(headers)('behind a proxy that speaks version %s', (_, header, address) => {
    const question = request('POST', '/first', 'b'.repeat(100))
    const first = exchange('/first', { method: 'POST', sent: 100, received: 2 })
    const waysToSend: [string, string[]][] = [
      ['in the segment of the request', [header + question]],
      ['in a segment of its own', [header, question]],
    ]
    it.each(waysToSend)(
      'come from its header, sent %s, for all exchanges',
      async (_way, pieces) => {
        const pair = await rawPair()
        for (const piece of pieces) await pass(pair.client, pair.server, piece)
        await pass(pair.server, pair.client, response(200, 'ok'))
        const next = await plainExchange(pair)
        await pair.close()
        expectClient(await expectExchanges(agent, pair.port, [first, next]), address)
      },
    )

    // Its specification wants it sent at once. Where it is not, nothing wrong is said all the same.
    it.each([1, 9])(
      'may be those of the wire when the header is cut after %d bytes',
      async (cut) => {
        const pair = await rawPair()
        await pass(pair.client, pair.server, header.slice(0, cut))
        await pass(pair.client, pair.server, header.slice(cut) + question)
        await pass(pair.server, pair.client, response(200, 'ok'))
        const next = await plainExchange(pair)
        await pair.close()
        const { clients, servers } = await endsOf(agent, pair.port, 1)
        for (const spans of [clients, servers]) {
          const rows = spans.map(said)
          const both = [first, next].map((one) => ({ error: undefined, ...one }))
          expect(rows).toStrictEqual(rows.length === 1 ? both.slice(1) : both)
        }
        for (const { attributes } of servers) {
          expect([address, wire]).toContain(attributes['client.address'])
        }
      },
    )
  })
})
