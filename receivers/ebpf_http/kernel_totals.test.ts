import { BpfObject } from 'libbpf-addon'
import { afterEach, describe, expect, it } from 'vitest'
import { type Governed, NO_LIMITS } from '../../src/component/limits.ts'
import { NO_SURROUNDINGS } from '../../src/component/settings.ts'
import { objectPath } from '../../src/kernel/objects.ts'
import { HTTP_METHODS, type HttpTotal } from '../../src/pdata/http_total.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'
import { curl } from '../../test/kit/clients.ts'
import { cleansUp, isRoot, kernelHas } from '../../test/kit/fixtures.ts'
import { startNodeServer } from '../../test/kit/servers.ts'
import { ebpfHttpConfig } from './config.ts'
import { EbpfHttpReceiver } from './receiver.ts'

cleansUp({ alone: true })

interface Row extends HttpTotal {
  readonly port: number
  readonly status: number
  readonly role: number
}

/** A receiver that samples from its start, and what it counted. */
class Sampling {
  readonly counters = new ComponentCounters('receiver/ebpf_http')
  readonly rows: Row[] = []
  readonly receiver: EbpfHttpReceiver
  refused = false

  /** @param entries of each map of totals */
  constructor(entries: number) {
    const govern = (one: Governed): (() => void) => this.#sample(one)
    const limits = { ...NO_LIMITS, govern }
    const log = createLogger({ out: { write: () => {} } })
    const { counters } = this
    const outside = { ...NO_SURROUNDINGS, log, limits, meter: NO_METER }
    const settings = { id: 'ebpf_http', version: '0', counters, ...outside }
    const open = (): BpfObject => {
      const object = BpfObject.open(objectPath('http'), { name: 'http' })
      for (const map of ['totals_0', 'totals_1']) object.setMaxEntries(map, entries)
      return object
    }
    const config = ebpfHttpConfig.parse({})
    this.receiver = new EbpfHttpReceiver(settings, config, open)
    this.receiver.batches$.subscribe((batch) => {
      if (batch.kind !== 'observations' || batch.schema !== 'http') return
      const { keys, values = [] } = batch.totals ?? {}
      for (const [i, value] of values.entries()) {
        const [port, status, role] = [keys!.serverPort(i), keys!.status(i), keys!.role(i)]
        this.rows.push({ ...value, port, status, role })
      }
      const refusal = { kind: 'refused', reason: 'memory_limit' } as const
      batch.delivery.settle(this.refused && batch.totals ? refusal : { kind: 'accepted' })
    })
  }

  #sample(governed: Governed): () => void {
    governed.setSampling(15)
    return () => {}
  }

  /** So many exchanges of a server, or of its clients, on that port. */
  countOf(port: number, role: number): number {
    const own = this.rows.filter((row) => row.port === port && row.role === role)
    return own.reduce((sum, { count }) => sum + count, 0)
  }
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'exchanges that are sampled away',
  () => {
    let sampling: Sampling
    afterEach(() => sampling.receiver.shutdown())

    it('are counted by method, status and duration at both ends', async () => {
      sampling = new Sampling(4096)
      await sampling.receiver.start()
      const { port } = await startNodeServer()
      const url = `http://127.0.0.1:${port}/status`
      await curl(['-s', `${url}/418`, `${url}/418`])
      await curl(['-s', '-X', 'OPTIONS', `${url}/200`])
      await curl(['-s', '-X', 'PROPFIND', `${url}/200`])
      await sampling.receiver.shutdown()
      const rows = sampling.rows
        .filter((row) => row.port === port)
        .map(({ method, status, role, count }) => [HTTP_METHODS[method], status, role, count])
      expect(rows.filter(([, , role]) => role === 1)).toEqual(
        expect.arrayContaining([
          ['GET', 418, 1, 2],
          ['OPTIONS', 200, 1, 1],
          ['_OTHER', 200, 1, 1],
        ]),
      )
      expect([sampling.countOf(port, 1), sampling.countOf(port, 2)]).toEqual([4, 4])
      expect(sampling.counters.held).toBe(0)
    })

    it('are drops where there is no room to count them', async () => {
      sampling = new Sampling(1)
      await sampling.receiver.start()
      const { port } = await startNodeServer()
      for (const status of [200, 201, 202]) {
        await curl(['-s', `http://127.0.0.1:${port}/status/${status}`])
      }
      await sampling.receiver.shutdown()
      const { counters, rows } = sampling
      // One series of somebody found room in each of the maps.
      expect(rows.length).toBeGreaterThan(0)
      const counted = sampling.countOf(port, 1) + sampling.countOf(port, 2)
      expect(counted).toBeLessThanOrEqual(2)
      expect(counters.dropped.get('totals_full')).toBeGreaterThanOrEqual(6 - counted)
      expect(counters.held).toBe(0)
    })

    it('are drops where the pipelines do not take their counts', async () => {
      sampling = new Sampling(4096)
      sampling.refused = true
      await sampling.receiver.start()
      const { port } = await startNodeServer()
      await curl(['-s', `http://127.0.0.1:${port}/status/200`])
      await sampling.receiver.shutdown()
      const counted = sampling.rows.reduce((sum, { count }) => sum + count, 0)
      expect(counted).toBeGreaterThanOrEqual(2)
      expect(sampling.counters.dropped.get('memory_limit')).toBe(counted)
      expect(sampling.counters.held).toBe(0)
    })
  },
)
