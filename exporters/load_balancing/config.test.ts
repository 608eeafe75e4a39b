import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { loadBalancing } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)
const faults = (file: string): string[] => errorsIn(loadBalancing, testdata, file)

it('takes its files in testdata', () => {
  expect(faults('only_defaults.yaml')).toEqual([])
  expect(faults('all_options.yaml')).toEqual([])
})

it('says what is wrong', () => {
  const at = 'exporters.load_balancing'
  expect(faults('bad_options.yaml')).toEqual([
    `bad_options.yaml:3:18: ${at}.routing_key: expected "traceID", "service" or "resource", received "trace", did you mean "traceID"?`,
    `bad_options.yaml:6:9: ${at}.protocol.otlp: unknown key "endpoint" (known: tls, headers, auth, compression, timeout, max_send_msg_size_mib, sending_queue, retry_on_failure, keepalive, balancer_name, wait_for_ready, authority, read_buffer_size, write_buffer_size)`,
    `bad_options.yaml:8:7: ${at}.resolver: expected either "static" or "dns"`,
    `bad_options.yaml:8:29: ${at}.resolver.static.hostnames[0]: expected a host, with or without a port, such as "gateway-1:4317", received "a b:1"`,
    `bad_options.yaml:9:39: ${at}.resolver.dns.port: expected a port, received "http"`,
  ])
  expect(faults('bad_resolver.yaml')).toEqual([
    `bad_resolver.yaml:3:15: ${at}.resolver: expected either "static" or "dns"`,
  ])
  expect(faults('bad_storage.yaml')).toEqual([
    `bad_storage.yaml:7:35: ${at}.protocol.otlp.sending_queue.storage: a storage is not supported here: what waits moves to the others when its endpoint is lost`,
  ])
})
