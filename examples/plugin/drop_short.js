import { filter, map } from 'rxjs'
import { ACCEPTED, SpanArray, Traces, defineProcessor, duration, z } from 'waggle/component'

const config = z.strictObject({
  min_duration: duration().prefault('5ms').describe('Spans shorter than this are left out.'),
})

/** Leaves short spans out. */
export const dropShort = defineProcessor({
  type: 'drop_short',
  summary: 'Leaves out spans that took less than a given time.',
  stability: 'alpha',
  config,
  conversions: [{ from: 'traces', to: 'traces' }],
  create: (settings, { min_duration }) => ({
    operator: (batches$) =>
      batches$.pipe(
        // Only traces come in, as declared above.
        map((batch) => kept(/** @type {Traces} */ (batch), min_duration, settings)),
        filter((batch) => batch !== undefined),
      ),
  }),
})

/**
 * The batch without its short spans; undefined when none is left. A batch is never changed: what is
 * kept goes into a new one, which carries the old one's delivery on.
 *
 * @param {Traces} batch
 * @param {number} minMs
 * @param {import('waggle/component').Settings} settings
 * @returns {Traces | undefined}
 */
function kept(batch, minMs, { counters }) {
  const groups = batch.groups.flatMap(({ resource, scope, spans }) => {
    const long = longIn(spans, minMs)
    return long.length === 0 ? [] : [{ resource, scope, spans: new SpanArray(long) }]
  })
  const left = new Traces(groups, batch.delivery)
  // What is dropped is counted, with a reason of a short fixed list.
  counters.drop('too_short', batch.itemCount - left.itemCount)
  if (groups.length > 0) return left
  // A batch that ends here is answered here.
  batch.delivery.settle(ACCEPTED)
  return undefined
}

/**
 * @param {import('waggle/component').SpanList} spans
 * @param {number} minMs
 */
function longIn(spans, minMs) {
  const long = []
  for (let i = 0; i < spans.length; i++) {
    if (spans.durationNs(i) >= minMs * 1e6) long.push(spans.at(i))
  }
  return long
}
