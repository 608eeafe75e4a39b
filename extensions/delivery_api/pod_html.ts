import type {
  DeliveryEvent,
  Diagnosis,
  JudgedDelivery,
  PodRef,
  Stage,
  Verdict,
} from '../../src/helpers/delivery/model.ts'
import {
  durationWords,
  keptWords,
  kindWords,
  outcomeWords,
  ownerWords,
  stageWords,
  type Language,
} from '../../src/helpers/delivery/wording.ts'
import { escaped } from '../../src/helpers/escaped_html.ts'
import { podHref, row, timeHtml } from './html.ts'
import { LABELS } from './labels.ts'
import { lifecycleEvents, MOST_STAGES } from './views.ts'

/** The body of the page of a pod: each delivery with its sentence, its bars and its evidence. */
export function podHtml(
  judged: readonly JudgedDelivery[],
  others: readonly PodRef[],
  language: Language,
): string {
  const { pod } = (judged.at(-1) as JudgedDelivery).delivery
  const owner = pod.workload ?? pod.owner
  const facts = [
    ...(owner ? [`${owner.kind} ${owner.name}`] : []),
    ...(pod.nodeName === '' ? [] : [`${LABELS.node[language]} ${pod.nodeName}`]),
    `uid ${pod.uid}`,
  ]
  return (
    `<p><a href="/">${LABELS.all[language]}</a></p>` +
    `<h1>${escaped(`${pod.namespace}/${pod.name}`)}</h1><p class="quiet">${escaped(facts.join(' · '))}</p>` +
    judged
      .toReversed()
      .map((one) => deliveryHtml(one, language))
      .join('') +
    eventsHtml(judged, language) +
    othersHtml(others, language)
  )
}

function deliveryHtml(
  { delivery, verdict, diagnosis }: JudgedDelivery,
  language: Language,
): string {
  const container = delivery.container === '' ? '' : ` (${delivery.container})`
  const kind = `${kindWords(delivery.kind, language)}${container}`
  const title = `${kind}: ${outcomeWords(delivery.outcome, language)}`
  const end = delivery.endMs ?? lastTime(delivery.stages, delivery.startMs + verdict.totalMs)
  return (
    `<h2>${escaped(title)} <small>${timeHtml(delivery.startMs)}</small></h2>` +
    diagnosisHtml(diagnosis, language) +
    verdictHtml(verdict, language) +
    timelineHtml(delivery.stages.slice(0, MOST_STAGES), delivery.startMs, end, language)
  )
}

function diagnosisHtml(diagnosis: Diagnosis, language: Language): string {
  const { code, severity, owner, sentence, action, evidence, also } = diagnosis
  const seen = evidence.map(({ timeMs, text }) => `<li>${timeHtml(timeMs)} ${escaped(text)}</li>`)
  const turn =
    owner === 'none'
      ? ''
      : ` <small>(${LABELS.owner[language]}: ${ownerWords(owner, language)})</small>`
  return (
    `<p class="why ${severity}">${escaped(sentence[language])}</p>` +
    (action[language] === ''
      ? ''
      : paragraph(LABELS.action[language], `${escaped(action[language])}${turn}`)) +
    (seen.length === 0 ? '' : `<h3>${LABELS.evidence[language]}</h3><ul>${seen.join('')}</ul>`) +
    paragraph(LABELS.code[language], escaped(code)) +
    (also.length === 0 ? '' : paragraph(LABELS.also[language], escaped(also.join(', '))))
  )
}

function paragraph(label: string, html: string): string {
  return `<p><b>${label}:</b> ${html}</p>`
}

function verdictHtml(verdict: Verdict, language: Language): string {
  const promised = verdict.promisedMs === 0 ? '' : ` ${durationWords(verdict.promisedMs)}`
  const parts = [
    `${LABELS.promise[language]}${promised} (${verdict.class}): ${keptWords(verdict.kept, language)}`,
    `${LABELS.platformTime[language]} ${durationWords(verdict.platformMs)}`,
    `${LABELS.userTime[language]} ${durationWords(verdict.userMs)}`,
    `${LABELS.total[language]} ${durationWords(verdict.totalMs)}`,
  ]
  return `<p>${escaped(parts.join(' · '))}</p>`
}

function timelineHtml(
  stages: readonly Stage[],
  startMs: number,
  endMs: number,
  language: Language,
): string {
  if (stages.length === 0) return ''
  const key = (['platform', 'user'] as const).map(
    (one) => `<i class="${one}"></i>${LABELS[one][language]}`,
  )
  const rows = stages.map((stage) => stageHtml(stage, startMs, endMs, language))
  return (
    `<h3>${LABELS.timeline[language]} <small class="key">${key.join('')}</small></h3>` +
    `<table class="bars">${rows.join('')}</table>`
  )
}

function stageHtml(stage: Stage, startMs: number, endMs: number, language: Language): string {
  const { type, subject, owner, errors } = stage
  const end = stage.endMs ?? endMs
  const whole = Math.max(1, endMs - startMs)
  const percent = (ms: number): string => Math.min(100, Math.max(0, (ms / whole) * 100)).toFixed(2)
  const [left, width] = [percent(stage.startMs - startMs), percent(end - stage.startMs)]
  const open = stage.endMs === undefined ? ' open' : ''
  const bar = `<i class="${owner}${open}" style="left:min(${left}%,100% - 2px);width:${width}%"></i>`
  const name = [stageWords(type, language), subject].filter((part) => part !== '').join(' ')
  const took = `${stage.endMs === undefined ? '≥ ' : ''}${durationWords(Math.max(0, end - stage.startMs))}`
  const wrong = errors.map(({ reason, message, count }) => {
    const times = count > 1 ? ` (${count} ${LABELS.attempts[language]})` : ''
    return `<br><span class="error">${escaped(`${reason}: ${message}${times}`)}</span>`
  })
  return (
    `<tr><td>${escaped(name)}${wrong.join('')}</td><td class="n">${took}</td>` +
    `<td class="bar"><div class="track">${bar}</div></td></tr>`
  )
}

function eventsHtml(judged: readonly JudgedDelivery[], language: Language): string {
  const { shown, leftOut } = lifecycleEvents(judged.map(({ delivery }) => delivery))
  const note = leftOut === 0 ? '' : `<p class="quiet">${leftOut} ${LABELS.leftOut[language]}</p>`
  const rows = shown.map((event) => row(eventCells(event)))
  return `<h2>${LABELS.events[language]}</h2>${note}<table>${rows.join('')}</table>`
}

function eventCells(event: DeliveryEvent): string[] {
  const count = event.source === 'event' && event.count > 1 ? ` ×${event.count}` : ''
  const said = [event.container, event.message].filter((part) => part !== '').join(': ')
  return [
    timeHtml(event.timeMs),
    escaped(event.component),
    escaped(event.name + count),
    escaped(said),
  ]
}

function othersHtml(others: readonly PodRef[], language: Language): string {
  if (others.length === 0) return ''
  const links = others.map(({ namespace, name, uid }) => {
    return `<li><a href="${podHref(namespace, name, uid)}">${escaped(uid)}</a></li>`
  })
  return `<h2>${LABELS.others[language]}</h2><ul>${links.join('')}</ul>`
}

function lastTime(stages: readonly Stage[], atLeast: number): number {
  return stages.reduce((last, { startMs, endMs }) => Math.max(last, endMs ?? startMs), atLeast)
}
