import type { JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import {
  durationWords,
  keptWords,
  kindWords,
  outcomeWords,
  type Language,
} from '../../src/helpers/delivery/wording.ts'
import { escaped } from '../../src/helpers/escaped_html.ts'
import { podHref, row, timeHtml } from './html.ts'
import { LABELS } from './labels.ts'
import type { ListQuery } from './pages.ts'

/** The body of the first page: deliveries in a table, and a form to choose which. */
export function indexHtml(
  judged: readonly JudgedDelivery[],
  query: ListQuery,
  language: Language,
): string {
  const head = [
    LABELS.start,
    LABELS.pod,
    LABELS.delivery,
    LABELS.outcome,
    LABELS.platformTime,
    LABELS.promise,
    LABELS.findings,
  ].map((label) => label[language])
  const rows = judged.map((one) => row(cellsOf(one, language)))
  const table = `<table>${row(head, 'th')}${rows.join('')}</table>`
  const none = `<p>${LABELS.none[language]}</p>`
  return `<h1>${LABELS.all[language]}</h1>${formHtml(query, language)}${rows.length === 0 ? none : table}`
}

function cellsOf({ delivery, verdict, diagnosis }: JudgedDelivery, language: Language): string[] {
  const { pod, kind, startMs, outcome } = delivery
  const href = podHref(pod.namespace, pod.name, pod.uid)
  return [
    timeHtml(startMs),
    `<a href="${href}">${escaped(`${pod.namespace}/${pod.name}`)}</a>`,
    kindWords(kind, language),
    outcomeWords(outcome, language),
    durationWords(verdict.platformMs),
    keptWords(verdict.kept, language),
    escaped(diagnosis.sentence[language]),
  ]
}

function formHtml(query: ListQuery, language: Language): string {
  const inputs = (['namespace', 'workload', 'node'] as const).map(
    (name) =>
      `<label>${LABELS[name][language]} <input name="${name}" value="${escaped(query[name])}"></label> `,
  )
  const orders = (['newest', 'slowest'] as const).map((order) => {
    const selected = query.order === order ? ' selected' : ''
    return `<option value="${order}"${selected}>${LABELS[order][language]}</option>`
  })
  const checked = query.failed === 'true' ? ' checked' : ''
  return (
    `<form>${inputs.join('')}<select name="order">${orders.join('')}</select> ` +
    `<label><input type="checkbox" style="width:auto" name="failed" value="true"${checked}> ` +
    `${LABELS.failedOnly[language]}</label> <button>${LABELS.show[language]}</button></form>`
  )
}
