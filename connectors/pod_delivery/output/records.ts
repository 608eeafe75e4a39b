import type { JudgedDelivery } from '../../../src/helpers/delivery/model.ts'
import type { Language } from '../../../src/helpers/delivery/wording.ts'
import type { LogRecord } from '../../../src/pdata/logs.ts'
import { podAttributes, verdictAttributes } from './attributes.ts'
import { ns, rootIdOf } from './spans.ts'

/** Severities of OTLP: INFO, WARN, ERROR. */
const SEVERITIES = {
  none: [9, 'INFO'],
  slow: [13, 'WARN'],
  failing: [13, 'WARN'],
  failed: [17, 'ERROR'],
} as const

/**
 * The log record of a delivery that has ended.
 * @param languages the first is that of the body
 */
export function recordOf(
  judged: JudgedDelivery,
  languages: readonly Language[],
  nowMs: number,
): LogRecord {
  const { delivery, diagnosis } = judged
  const [first = 'en', ...others] = languages
  const [severity, severityText] = SEVERITIES[diagnosis.severity]
  return {
    timeNs: ns(delivery.endMs ?? delivery.startMs),
    observedNs: ns(nowMs),
    severity,
    severityText,
    body: diagnosis.sentence[first],
    attributes: {
      ...podAttributes(delivery.pod),
      ...(delivery.container !== '' && { 'k8s.container.name': delivery.container }),
      ...verdictAttributes(judged),
      'waggle.delivery.action': diagnosis.action[first],
      ...Object.fromEntries(
        others.flatMap((language) => [
          [`waggle.delivery.sentence.${language}`, diagnosis.sentence[language]],
          [`waggle.delivery.action.${language}`, diagnosis.action[language]],
        ]),
      ),
      ...(diagnosis.evidence.length > 0 && {
        'waggle.delivery.evidence': diagnosis.evidence.map(
          ({ timeMs, text }) => `${new Date(timeMs).toISOString()} ${text}`,
        ),
      }),
    },
    flags: 1,
    traceId: delivery.traceId,
    spanId: rootIdOf(delivery),
    eventName: 'k8s.pod.delivery',
  }
}
