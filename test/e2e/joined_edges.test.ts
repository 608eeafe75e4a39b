import { expect, it } from 'vitest'
import { serviceGraphConfig } from '../../connectors/service_graph/config.ts'
import { ServiceGraphConnector } from '../../connectors/service_graph/connector.ts'
import { serviceGraph } from '../../connectors/service_graph/index.ts'
import { spansOf } from '../../processors/protocol_inference/spans_for_tests.ts'
import { FedConnector } from '../../src/helpers/fed_for_tests.ts'
import { ConcatSpanList } from '../../src/pdata/concat_span_list.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { type SpanList, Traces } from '../../src/pdata/traces.ts'

const head = 'GET /x HTTP/1.1\r\nHost: shop\r\n\r\n'
const scope = { name: '', version: '' }

function groupOf(name: string, spans: SpanList) {
  return { resource: new Resource({ 'service.name': name }), scope, spans }
}

it('[2.11] both ends of an exchange that the kernel saw are an edge at once, without a store', () => {
  const ends = spansOf([
    { role: 'client', head, cookie: 1n },
    { role: 'server', head, cookie: 2n, flags: ['peer_seen'] },
  ])
  const config = serviceGraphConfig.parse({ store: { max_items: 1, ttl: '0s' } })
  const fed = new FedConnector(
    serviceGraph,
    (settings) => new ServiceGraphConnector(settings, config),
  )
  // As it comes from inference, and as a batch processor joins it.
  const [web, shop] = [ends.slice(0, 1), ends.slice(1, 2)]
  fed.takeBatch(new Traces([groupOf('shop', shop), groupOf('web', web)], new Delivery()))
  const twice = new ConcatSpanList([web, ends.slice(0, 0), web])
  fed.takeBatch(new Traces([groupOf('web', twice), groupOf('shop', shop)], new Delivery()))
  expect(fed.account['waggle.service_graph.waiting']).toBe(0)
  const edge = { client: 'web', server: 'shop', connection_type: '', failed: false }
  expect(fed.end().values('traces_service_graph_request_total')).toEqual([[edge, 2]])
  expect(fed.points('traces_service_graph_request_client')).toMatchObject([
    { count: 2, min: 0.0015, max: 0.0015 },
  ])
})
