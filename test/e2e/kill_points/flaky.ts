import type { Below } from '../../kit/random.ts'
import { startOtlpSink, type Answer, type OtlpSink } from '../../kit/otlp_sink.ts'

/** A destination that takes, refuses, hangs up, answers late or never, as the seed has it. */
export async function startFlakySink(below: Below): Promise<OtlpSink> {
  const sink = await startOtlpSink({ countOnly: true })
  sink.answerWith(({ items }) => answer(below, items))
  return sink
}

function answer(below: Below, items: number): Answer {
  const delayMs = below(3) === 0 ? below(40) : 0
  const at = below(20)
  if (at < 10) return { kind: 'ok', delayMs }
  if (at < 12) {
    return { kind: 'partial', rejected: BigInt(below(items) + 1), message: 'odd', delayMs }
  }
  if (at < 14) return { kind: 'status', code: 14, message: 'away', delayMs }
  if (at < 15) return { kind: 'status', code: 8, message: 'busy', retryAfterMs: 5, delayMs }
  if (at < 17) return { kind: 'status', code: 3, message: 'bad', delayMs }
  return at < 19 ? { kind: 'hang_up', delayMs } : { kind: 'silence' }
}
