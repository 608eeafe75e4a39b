import { request } from 'node:https'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { firstHeader, type Admission, type IncomingHeaders } from '../../src/component/auth.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { makeCertificates } from '../../test/kit/certificates.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { eventOf, idsOf, receiving, type Given } from './fixtures.ts'

cleansUp()

/** As the API server writes it: items have neither kind nor version. */
function listOf(from: number, to: number, given = {}): string {
  const items = Array.from({ length: to - from }, (_, i) =>
    eventOf(from + i, { kind: undefined, apiVersion: undefined, ...given }),
  )
  return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
}

async function serving(webhook: object = {}, given: Given = {}) {
  const options = { webhook: { endpoint: '127.0.0.1:0', ...webhook } }
  const ran = receiving(options, given)
  await ran.receiver.start()
  const [, endpoint] = /endpoint=(\S+)/.exec(ran.logged.join('\n')) ?? []
  const send = async (body: string | Buffer, headers = {}, path = '/k8s/audit') => {
    const init = {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    }
    const response = await fetch(`http://${endpoint}${path}`, init)
    const { status } = response
    return { status, text: await response.text(), headers: response.headers }
  }
  return { ...ran, endpoint, send }
}

describe('the webhook of an API server', () => {
  it('[3.1] hands on each item of a list as it was written', async () => {
    const { send, records, ids, counters, metric } = await serving()
    const body = listOf(0, 3, { requestObject: { 'a"]}\\': ['}', '{', { items: [1] }] } })
    expect(await send(body)).toMatchObject({ status: 200, text: '' })
    expect(ids()).toEqual(idsOf(0, 3))
    expect(body).toContain(`[${records.map((one) => one.body).join(',')}]`)
    expect([counters.in, counters.out]).toEqual([3, 3])
    expect(metric('waggle.k8s_audit.events')).toEqual({ list: 3 })
    expect(metric('waggle.k8s_audit.requests')).toEqual({ 200: 1 })
  })

  it('may compress its lists, and have none in them that is wanted', async () => {
    const { send, ids, dropped } = await serving()
    const headers = { 'content-encoding': 'gzip' }
    expect(await send(gzipSync(listOf(0, 2)), headers)).toMatchObject({ status: 200 })
    expect(await send(listOf(2, 4, { verb: 'get' }))).toMatchObject({ status: 200 })
    const none = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":null}'
    expect(await send(none)).toMatchObject({ status: 200 })
    expect(ids()).toEqual(idsOf(0, 2))
    expect(dropped()).toEqual({ verb_not_selected: 2 })
  })

  it.each<[Outcome, number, string | null]>([
    [{ kind: 'refused', reason: 'queue_full' }, 429, '1'],
    [{ kind: 'refused', reason: 'memory_limit', afterMs: 2500 }, 429, '3'],
    [{ kind: 'refused', reason: 'unavailable', afterMs: 5000 }, 503, '5'],
    [{ kind: 'rejected', reason: 'pipeline_failed' }, 503, '1'],
    [{ kind: 'rejected', reason: 'malformed' }, 400, null],
  ])('is told by %o whether to send a batch again', async (outcome, status, after) => {
    const { send, counters } = await serving({}, { answer: () => outcome })
    const answer = await send(listOf(0, 2))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, after])
    expect([counters.in, counters.held]).toEqual([2, 0])
  })

  it('waits for its answer until the pipelines have one', async () => {
    let settle = (): void => {}
    const { send, ids } = await serving(
      {},
      { answer: (batch) => void (settle = () => batch.delivery.settle({ kind: 'accepted' })) },
    )
    let isAnswered = false
    const sending = send(listOf(0, 1)).then(() => (isAnswered = true))
    await eventually(() => expect(ids()).toEqual(idsOf(0, 1)))
    expect(isAnswered).toBe(false)
    settle()
    await sending
  })

  it('is told what is wrong with what it sends', async () => {
    const { send, endpoint, ids, metric } = await serving({ max_request_body_size: 2000 })
    const headers = { 'content-encoding': 'gzip' }
    expect(await send(listOf(0, 3))).toMatchObject({ status: 413 })
    expect(await send(gzipSync(listOf(0, 30)), headers)).toMatchObject({ status: 413 })
    expect(await send('no gzip', headers)).toMatchObject({ status: 400 })
    expect(await send('x', { 'content-encoding': 'br' })).toMatchObject({ status: 415 })
    expect(await send(listOf(0, 1).slice(0, -1))).toMatchObject({ status: 400 })
    expect(await send('{"kind":"PodList","items":[]}')).toMatchObject({
      status: 400,
      text: 'expected an EventList of audit.k8s.io/v1',
    })
    expect(await send(listOf(0, 1), {}, '/other')).toMatchObject({ status: 404 })
    expect((await fetch(`http://${endpoint}/k8s/audit`)).status).toBe(405)
    expect(ids()).toEqual([])
    expect(metric('waggle.k8s_audit.malformed')).toEqual({ too_long: 2, not_an_audit_event: 3 })
  })

  it('loses of a list only what is no event', async () => {
    const { send, ids, metric } = await serving()
    const body = listOf(0, 2).replace('"items":[', '"items":[{},"x",7,')
    expect(await send(body)).toMatchObject({ status: 200 })
    expect(ids()).toEqual(idsOf(0, 2))
    expect(metric('waggle.k8s_audit.malformed')).toEqual({ not_an_audit_event: 1, not_json: 2 })
  })

  it('may have to say who it is', async () => {
    const authenticate = async (headers: IncomingHeaders): Promise<Admission> =>
      firstHeader(headers, 'authorization') === 'Bearer sesame'
        ? { kind: 'admitted' }
        : { kind: 'refused', reason: 'wrong_credentials' }
    const extension = { authenticate, challenge: 'Bearer' }
    const { send, ids } = await serving({ auth: { authenticator: 'doorman' } }, { extension })
    const refused = await send(listOf(0, 1))
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const headers = { authorization: 'Bearer sesame' }
    expect(await send(listOf(1, 2), headers)).toMatchObject({ status: 200 })
    expect(ids()).toEqual(idsOf(1, 2))
  })

  it('is spoken to over TLS, with a certificate of the client where that is asked for', async () => {
    const { server, client, ca, caFile } = await makeCertificates()
    const tls = { cert_file: server.certFile, key_file: server.keyFile, client_ca_file: caFile }
    const { endpoint, ids } = await serving({ tls })
    const post = (options: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sending = request(`https://${endpoint}/k8s/audit`, { method: 'POST', ca, ...options })
        sending.on('error', reject)
        sending.on('response', (response) => resolve(response.resume().statusCode))
        sending.end(listOf(0, 1))
      })
    expect(await post({ cert: client.cert, key: client.key })).toBe(200)
    await expect(post({})).rejects.toThrow(/alert|ECONNRESET|EPIPE|socket/)
    expect(ids()).toEqual(idsOf(0, 1))
  })
})
