import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { makeCertificates, type Certificates } from '../../test/kit/certificates.ts'
import { changingCertificate } from '../../test/kit/changing_certificate.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { startOtlpHttpSink } from '../../test/kit/otlp_http_sink.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { attempt, sinkAndTransport, transportTo } from './fixtures.ts'

cleansUp()

describe('the transport of otlp_http and TLS', () => {
  let made: Promise<Certificates> | undefined
  const certificates = () => (made ??= makeCertificates())

  it('sends to a server whose authority it knows, and shows its own certificate', async () => {
    const sink = await startOtlpHttpSink({ security: 'mtls', certificates: await certificates() })
    const { caFile, client } = sink.certificates!
    const tls = { ca_file: caFile, cert_file: client.certFile, key_file: client.keyFile }
    const { transport } = await transportTo({ endpoint: sink.endpoint, tls })
    await expect(transport.send('traces', oneItem.traces, attempt())).resolves.toEqual({
      kind: 'sent',
    })
    expect(sink.received[0]?.clientName).toBe('waggle test client')
  })

  it.each([
    ['an authority it does not know', {}, /self.signed|unable to (get|verify)/],
    ['another name', { server_name_override: 'gateway.example' }, /gateway\.example/],
  ])('sends nothing to a server with %s', async (_, given, reason) => {
    const sink = await startOtlpHttpSink({ security: 'tls', certificates: await certificates() })
    const known = 'server_name_override' in given ? sink.certificates : await makeCertificates()
    const tls = { ...given, ca_file: known!.caFile }
    const { transport } = await transportTo({ endpoint: sink.endpoint, tls })
    const result = await transport.send('traces', oneItem.traces, attempt())
    expect(result).toEqual({ kind: 'retry', reason: expect.stringMatching(reason) })
    expect(sink.received).toEqual([])
  })

  it.each([
    ['takes another name for the server', { server_name_override: 'localhost' }],
    ['takes any certificate when told so', { insecure_skip_verify: true }],
  ])('%s', async (_, given) => {
    const sink = await startOtlpHttpSink({ security: 'tls', certificates: await certificates() })
    const skips = 'insecure_skip_verify' in given
    const tls = { ...given, ...(!skips && { ca_file: sink.certificates!.caFile }) }
    const { transport } = await transportTo({ endpoint: sink.endpoint, tls })
    await expect(transport.send('traces', oneItem.traces, attempt())).resolves.toEqual({
      kind: 'sent',
    })
  })

  it('shows the certificate that has replaced its own on the disk; what is under way ends as it began', async () => {
    const { caFile, client, server } = await certificates()
    const files = changingCertificate(client)
    const clock = new FakeClock()
    const tls = {
      ca_file: caFile,
      cert_file: files.certFile,
      key_file: files.keyFile,
      reload_interval: '10s',
    }
    const options = { security: 'mtls', certificates: await certificates() } as const
    const { sink, send, logged } = await sinkAndTransport(options, { tls }, { clock })
    await send()
    sink.script({ kind: 'ok', delayMs: 80 })
    const underWay = send()
    await eventually(() => expect(sink.received).toHaveLength(2))
    files.replace(server)
    await clock.advance(10_000)
    await eventually(() => expect(logged).toEqual(['info  Certificates were read again.']))
    await expect(send()).resolves.toEqual({ kind: 'sent' })
    await expect(underWay).resolves.toEqual({ kind: 'sent' })
    expect(sink.received.map(({ clientName }) => clientName)).toEqual([
      'waggle test client',
      'waggle test client',
      'waggle test server',
    ])
    expect(sink.connections).toBe(2)
  })
})
