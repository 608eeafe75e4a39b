import type { Delivery, Localised } from '../../../src/helpers/delivery/model.ts'
import { reached } from './findings.ts'
import type { Finding } from './findings.ts'
import { node } from './rules_node.ts'
import { filled } from './text.ts'
import { again, looping, unseen, whys } from './texts_restart.ts'
import type { Code } from './codes.ts'
import type { Values } from './text.ts'

/** Signals of how a container came to its end. */
const ENDS = /^(terminated .*|event (Killing|Unhealthy|FailedPostStartHook))$/

/** What a delivery is for: why a container had to be started again, or why a pod was taken down. */
export function causeOf(delivery: Delivery, findings: readonly Finding[]): Finding | undefined {
  const { kind, startMs } = delivery
  if (kind === 'delete') return findings.find(({ judge }) => judge === node)
  if (kind === 'create' || !reached(delivery)) return undefined
  return findings.find(({ signals }) =>
    signals.some(({ about, firstMs }) => ENDS.test(about) && firstMs <= startMs),
  )
}

/** Why a container that is ready again was restarted. @param code none where nobody saw it */
export function againText(code: Code | undefined, values: Values, delivery: Delivery): Localised {
  const why = filled((code && whys[code]) || unseen, values)
  const words = { container: delivery.container, restarts: againAndAgain(delivery) }
  const own = { ...values, words: { ...values.words, ...words } }
  return {
    en: filled(again, { ...own, words: { ...own.words, why: why.en } }).en,
    zh: filled(again, { ...own, words: { ...own.words, why: why.zh } }).zh,
  }
}

function againAndAgain({ events, container }: Delivery): string {
  const counts = events.flatMap(({ name }) => {
    const [, of, count] = /^containerRestartCount:(.+):(\d+)$/.exec(name) ?? []
    return of === container ? [Number(count)] : []
  })
  const most = Math.max(0, ...counts)
  return most > 1 ? String(most) : ''
}

/** What is added of a container whose next start the kubelet puts off; empty for others. */
export function loopText({ status }: Delivery, container: string): Localised {
  const found = status?.containers.find(
    ({ name, state, reason }) =>
      name === container && state === 'waiting' && reason === 'CrashLoopBackOff',
  )
  if (!found) return { en: '', zh: '' }
  const { restarts, message } = found
  const pause = /^back-off (\S+) restarting/.exec(message)?.[1] ?? ''
  const told = (count: string): Values => ({
    words: { restarts: restarts > 0 ? count : '', pause },
    times: restarts,
    lastMs: 0,
    tookMs: 0,
  })
  return {
    en: filled(looping, told(restarts === 1 ? '1 restart' : `${restarts} restarts`)).en,
    zh: filled(looping, told(`${restarts} 次`)).zh,
  }
}
