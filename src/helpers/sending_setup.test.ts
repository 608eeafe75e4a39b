import { describe, expect, it } from 'vitest'
import type { Extension } from '../component/component.ts'
import { NO_HOST } from '../component/host.ts'
import { Delivery } from '../pdata/delivery.ts'
import { readRequest } from '../pdata/otlp_request.ts'
import { settingsOf, settled, tracesOf } from './fixtures.ts'
import type { Send } from './send_result.ts'
import { retryConfig, sendingQueueConfig } from './sending_config.ts'
import { FakeStorage, request } from './sending_fixtures.ts'
import { SendingSetup } from './sending_setup.ts'

const sent: Send = async () => ({ kind: 'sent' })

/** The setup of an exporter `test/a/b` among extensions. */
function setupOf(queue: object, extensions: Record<string, Extension> = {}) {
  const { settings } = settingsOf('test/a/b')
  const host = { ...NO_HOST, extension: (id: string) => extensions[id] }
  const config = {
    timeout: 5_000,
    retry_on_failure: retryConfig.parse({}),
    sending_queue: sendingQueueConfig.parse(queue),
  }
  return { setup: new SendingSetup({ ...settings, host }, config, 4_000_000), settings }
}

describe('the setup of sending queues', () => {
  it('bounds requests by what the protocol takes, and by max_size', () => {
    const limits = [
      {},
      { batch: {} },
      { batch: { max_size: 9_000 } },
      { batch: { max_size: 9_000, sizer: 'bytes' } },
      { batch: { max_size: 5_000_000, sizer: 'bytes' } },
    ].map((queue) => setupOf(queue).setup.limits)
    expect(limits).toEqual([
      { maxBytes: 4_000_000 },
      { maxBytes: 4_000_000 },
      { maxBytes: 4_000_000, maxItems: 9_000 },
      { maxBytes: 9_000 },
      { maxBytes: 4_000_000 },
    ])
  })

  it('keeps each kind of data in the storage under a name of its own', async () => {
    const owners: string[] = []
    const open = (owner: string) => {
      owners.push(owner)
      return new FakeStorage().open()
    }
    const extension = { queue: open } as Extension
    const { setup, settings } = setupOf({ storage: 'file_storage' }, { file_storage: extension })
    for (const kind of ['traces', 'logs'] as const) {
      const queue = setup.queue({ kind, send: sent })
      await queue.start()
      await queue.offer([request('a', 3)])
    }
    await settled()
    expect(owners).toEqual(['exporter_test_a/b_traces', 'exporter_test_a/b_logs'])
    expect(settings.counters.parts.map(({ kind, out }) => [kind, out])).toEqual([
      ['traces', 3],
      ['logs', 3],
    ])
  })

  it.each([
    [{}, 'sending_queue.storage: service.extensions has no "file_storage"'],
    [{ file_storage: {} }, 'sending_queue.storage: "file_storage" is not a storage extension'],
  ])('does not start without its storage', async (extensions, message) => {
    const { setup } = setupOf({ storage: 'file_storage' }, extensions)
    await expect(setup.queue({ kind: 'traces', send: sent }).start()).rejects.toThrow(message)
  })

  it('puts no batch together with others that would make a destination refuse them all', () => {
    // A span whose trace id is said to be longer than the request.
    const body = Buffer.from('0a0612041202' + '0aff', 'hex')
    const received = readRequest('traces', body, new Delivery())
    const { setup } = setupOf({ batch: {} })
    expect([setup.malformed(received), setup.malformed(tracesOf(0, 3))]).toEqual([
      { kind: 'rejected', reason: 'malformed' },
      undefined,
    ])
    expect(setupOf({}).setup.malformed(received)).toBeUndefined()
  })
})
