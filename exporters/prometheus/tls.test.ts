import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import { makeCertificates } from '../../test/kit/certificates.ts'
import { changingCertificate } from '../../test/kit/changing_certificate.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { prometheusConfig } from './config.ts'
import { PrometheusExporter } from './exporter.ts'

cleansUp()

/** The status of a scrape over a connection of its own, and the serial number of the certificate that it saw. */
function scrapeTls(url: string, ca: Buffer): Promise<[status: number | undefined, serial: string]> {
  return new Promise((resolve, reject) => {
    const scrape = request(url, { ca, agent: false }, (response) => {
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
      response.resume().on('end', () => resolve([response.statusCode, serialNumber]))
    })
    scrape.on('error', reject).end()
  })
}

it('serves over TLS, and with the certificate that has replaced its own on the disk', async () => {
  const [first, second] = await Promise.all([makeCertificates(), makeCertificates()])
  const files = changingCertificate(first.server)
  const clock = new FakeClock()
  const { settings, logged } = settingsOf('prometheus')
  const tls = { cert_file: files.certFile, key_file: files.keyFile, reload_interval: '10s' }
  const config = prometheusConfig.parse({ endpoint: '127.0.0.1:0', tls })
  const exporter = new PrometheusExporter(settings, config, clock)
  atEnd('exporter', () => exporter.shutdown())
  await exporter.start()
  const url = logged.splice(0)[0]!.replace('info  Serving metrics. url=', '')
  expect(url).toMatch(/^https:/)
  const [status, serial] = await scrapeTls(url, first.ca)
  expect(status).toBe(200)
  files.replace(second.server)
  await clock.advance(10_000)
  await eventually(() => expect(logged).toEqual(['info  Certificates were read again.']))
  const [after, other] = await scrapeTls(url, second.ca)
  expect(after).toBe(200)
  expect(other).not.toBe(serial)
  await expect(scrapeTls(url, first.ca)).rejects.toThrow(/certificate/)
})

it('does not start with certificates that cannot be read', async () => {
  const { settings } = settingsOf('prometheus')
  const tls = { cert_file: '/no/such.pem', key_file: '/no/such.key' }
  const exporter = new PrometheusExporter(settings, prometheusConfig.parse({ tls }))
  await expect(exporter.start()).rejects.toThrow('read tls.cert_file /no/such.pem')
  await exporter.shutdown()
})
