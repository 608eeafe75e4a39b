import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import { call, grpcSession, post, requestOf, running } from './fixtures.ts'

const one = requestOf('traces')
const broken = Buffer.from([0x0a, 0x05])

it('counts requests by transport and by what became of them', async () => {
  const outcomes: Outcome[] = [
    ACCEPTED,
    { kind: 'refused', reason: 'queue_full' },
    { kind: 'rejected', reason: 'rejected' },
    ACCEPTED,
  ]
  const { grpc, http, metric } = await running({ settle: () => outcomes.shift() as Outcome })
  const session = grpcSession(grpc)
  for (let i = 0; i < 3; i++) await call(session, 'traces', one)
  await call(session, 'traces', broken)
  await post(http, '/v1/traces', one)
  await post(http, '/v1/traces', Buffer.alloc(0))
  await post(http, '/v1/traces', broken)
  expect(metric('otelcol_receiver_requests')).toEqual({
    'grpc success': 1,
    'grpc refused': 2,
    'grpc failure': 1,
    'http success': 2,
    'http refused': 0,
    'http failure': 1,
  })
})

it('counts the bytes of requests, compressed and not', async () => {
  const { http, metric } = await running()
  const body = requestOf('traces', 1000)
  const compressed = gzipSync(body)
  await post(http, '/v1/traces', compressed, { 'content-encoding': 'gzip' })
  await post(http, '/v1/traces', one)
  expect(metric('waggle.receiver.request.wire_size')).toEqual({
    http: compressed.length + one.length,
  })
  expect(metric('waggle.receiver.request.size')).toEqual({ http: body.length + one.length })
})

it('ends its metrics with the receiver', async () => {
  const { grpc, receiver, metric } = await running()
  await call(grpcSession(grpc), 'traces', one)
  await receiver.shutdown()
  expect(metric('otelcol_receiver_requests')).toEqual({})
})
