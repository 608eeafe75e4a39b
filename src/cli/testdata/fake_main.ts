import { map, Subject } from 'rxjs'
import { z } from 'zod'
import { defineProcessor, defineReceiver } from '../../component/component.ts'
import { countedDelivery } from '../../component/counted_delivery.ts'
import { UnsupportedError } from '../../component/errors.ts'
import { components } from '../../components.ts'
import type { Batch } from '../../pdata/batch.ts'
import { Resource } from '../../pdata/resource.ts'
import { SpanArray } from '../../pdata/span_array.ts'
import { SPAN_KIND, STATUS_CODE, Traces } from '../../pdata/traces.ts'
import type { Span } from '../../pdata/traces.ts'
import { runCli } from '../cli.ts'

// The command with a receiver that needs no kernel, and with components that go wrong when told to.

const tick: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '',
  traceState: '',
  flags: 1,
  name: 'tick',
  kind: SPAN_KIND.server,
  startNs: 1_700_000_000_000_000_000n,
  endNs: 1_700_000_000_001_000_000n,
  attributes: {},
  events: [],
  status: { code: STATUS_CODE.unset, message: '' },
}
const resource = new Resource({ 'service.name': 'shop' })
const scope = { name: 'test', version: '1' }

const ticker = defineReceiver({
  type: 'ticker',
  summary: 'Emits a span every few milliseconds.',
  stability: 'development',
  config: z.strictObject({
    every_ms: z.int().default(10),
    start: z.enum(['well', 'fails', 'unsupported', 'hangs']).default('well'),
    shutdown: z.enum(['well', 'hangs']).default('well'),
    crash: z.enum(['never', 'throws', 'rejects']).default('never'),
  }),
  produces: ['traces'],
  preflight: ({ start }) => [
    { name: 'clock', answer: 'supported', needed: true, found: 'quartz' },
    {
      name: 'bell',
      answer: start === 'unsupported' ? 'not_supported' : 'unknown',
      needed: true,
      fallback: 'silence',
      remedy: 'Buy a bell.',
    },
  ],
  create: ({ counters, log }, { every_ms, start, shutdown, crash }) => {
    const batches$ = new Subject<Batch>()
    let timer: NodeJS.Timeout | undefined
    const emit = (): void => {
      counters.countIn(1)
      const spans = new SpanArray([tick])
      batches$.next(new Traces([{ resource, scope, spans }], countedDelivery(counters, 1)))
    }
    return {
      batches$,
      start: async () => {
        if (start === 'fails') throw new Error('open clock', { cause: new Error('ENOENT') })
        if (start === 'unsupported') throw new UnsupportedError('no bell', 'Buy a bell.')
        if (start === 'hangs') log.info('Hanging.')
        if (start === 'hangs') await new Promise(() => {})
        timer = setInterval(emit, every_ms)
        if (crash === 'throws') setTimeout(() => boom(), 50)
        if (crash === 'rejects') setTimeout(() => void Promise.reject(new Error('boom')), 50)
      },
      shutdown: async () => {
        clearInterval(timer)
        if (shutdown === 'hangs') await new Promise(() => {})
        batches$.complete()
      },
    }
  },
})

const explode = defineProcessor({
  type: 'explode',
  summary: 'Fails.',
  stability: 'development',
  config: z.strictObject({}),
  conversions: [{ from: 'traces', to: 'traces' }],
  create: () => ({ operator: map(boom) }),
})

function boom(): never {
  throw new Error('boom')
}

const real = components.filter(({ type }) => type === 'debug' || type === 'batch')
process.exit(
  await runCli(process.argv.slice(2), {
    components: [...real, explode, ticker],
    exit: (code) => process.exit(code),
  }),
)
