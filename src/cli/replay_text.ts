import {
  durationWords,
  keptWords,
  kindWords,
  outcomeWords,
  ownerWords,
  stageWords,
  type Language,
} from '../helpers/delivery/wording.ts'
import type { Replayed, ReplayedStage } from './replay_model.ts'
import { cut, padded, width, wrapped } from './text_width.ts'

/** How deliveries are printed. */
export interface ReplayLook {
  readonly language: Language
  /** Columns of the terminal. */
  readonly columns: number
  /** Bars of ASCII, for terminals that have nothing else. */
  readonly ascii: boolean
}

const WORDS = {
  node: { en: 'node', zh: '节点' },
  action: { en: 'What to do', zh: '处理建议' },
  turn: { en: 'turn of the', zh: '责任方：' },
  promise: { en: 'Promise', zh: '承诺' },
  promised: { en: 'promise', zh: '承诺' },
  best: { en: 'best effort', zh: '尽力而为' },
  platform: { en: 'platform', zh: '平台' },
  user: { en: 'user', zh: '用户' },
  delivery: { en: 'delivery', zh: '交付' },
  result: { en: 'result', zh: '结果' },
  total: { en: 'total', zh: '总耗时' },
  pod: { en: 'pod', zh: 'Pod' },
  why: { en: 'diagnosis', zh: '诊断' },
} as const

/** A bar of platform time, of user time, and of a stage that did not end. */
const BARS = {
  unicode: { platform: '█', user: '▒', empty: '·', open: '▶' },
  ascii: { platform: '#', user: '=', empty: '.', open: '>' },
} as const

const SMALLEST_BAR = 10
const WIDEST = 120
const INDENT = '  '

/** A delivery for people: its sentence first, then its verdict and its stages as bars. */
export function deliveryText(delivery: Replayed, look: ReplayLook): string {
  const lines = [
    headline(delivery, look),
    ...wrapped(delivery.sentence, columnsOf(look), INDENT),
    ...actionLines(delivery, look),
    ...wrapped(verdictLine(delivery, look), columnsOf(look), INDENT),
    ...timeline(delivery, look),
  ]
  return `${lines.join('\n')}\n`
}

function headline(delivery: Replayed, { language }: ReplayLook): string {
  const { pod, kind, container, node, workload, startMs, endMs, outcome } = delivery
  const done = `${kindWords(kind, language)}${container === '' ? '' : ` (${container})`}`
  const took = durationWords(endMs - startMs)
  const place = [
    ...(node === '' ? [] : [`${WORDS.node[language]} ${node}`]),
    ...(workload === '' ? [] : [workload]),
  ]
  const what = `${done} ${clock(startMs)}, ${outcomeWords(outcome, language)} +${took}`
  return [`${pod.namespace}/${pod.name}`, what, ...place].join('  ')
}

function actionLines({ action, owner }: Replayed, look: ReplayLook): string[] {
  const { language } = look
  if (action === '') return []
  const turn =
    owner === 'platform' || owner === 'user'
      ? ` (${WORDS.turn[language]}${language === 'en' ? ' ' : ''}${ownerWords(owner, language)})`
      : ''
  return wrapped(`${WORDS.action[language]}: ${action}${turn}`, columnsOf(look), INDENT)
}

function verdictLine(delivery: Replayed, { language }: ReplayLook): string {
  const { promisedMs, kept, platformMs, userMs } = delivery
  const times = [
    ...(platformMs === undefined
      ? []
      : [`${WORDS.platform[language]} ${durationWords(platformMs)}`]),
    ...(userMs === undefined ? [] : [`${WORDS.user[language]} ${durationWords(userMs)}`]),
  ]
  const promised = promisedMs === 0 ? WORDS.best[language] : durationWords(promisedMs)
  const what = delivery.class === '' ? '' : ` ${promised} (${delivery.class})`
  const verdict = `${WORDS.promise[language]}${what}: ${keptWords(kept, language)}`
  return [verdict, ...times].join(', ').replace(', ', '; ')
}

function timeline({ stages, startMs, endMs }: Replayed, look: ReplayLook): string[] {
  if (stages.length === 0) return []
  const end = stages.reduce((last, stage) => Math.max(last, stage.endMs), endMs)
  const rows = stages.map((stage) => ({ stage, name: nameOf(stage, look), took: tookOf(stage) }))
  const took = Math.max(...rows.map((row) => width(row.took)))
  const room = columnsOf(look) - INDENT.length - took - 2
  const name = Math.min(Math.max(...rows.map((row) => width(row.name))), Math.floor(room * 0.55))
  const bar = Math.max(SMALLEST_BAR, room - name - 2)
  return rows.flatMap((row) => [
    `${INDENT}${padded(cut(row.name, name), name)}  ${barOf(row.stage, startMs, end, bar, look)}  ${row.took.padStart(took)}`,
    ...row.stage.errors.flatMap((error) => errorLines(error, look)),
  ])
}

function nameOf({ type, subject }: ReplayedStage, { language }: ReplayLook): string {
  return [stageWords(type, language), subject].filter((part) => part !== '').join(' ')
}

function tookOf({ startMs, endMs, finished }: ReplayedStage): string {
  return `${finished ? '' : '> '}${durationWords(endMs - startMs)}`
}

function barOf(
  { startMs, endMs, owner, finished }: ReplayedStage,
  from: number,
  to: number,
  columns: number,
  { ascii }: ReplayLook,
): string {
  const signs = ascii ? BARS.ascii : BARS.unicode
  const column = (ms: number): number => ((ms - from) / Math.max(1, to - from)) * columns
  const first = Math.min(columns - 1, Math.max(0, Math.floor(column(startMs))))
  const last = Math.min(columns, Math.max(first + 1, Math.round(column(endMs))))
  const length = last - first
  const open = finished ? '' : signs.open
  const body = signs[owner].repeat(length - open.length) + open
  return signs.empty.repeat(first) + body + signs.empty.repeat(columns - last)
}

function errorLines(
  { reason, message, count }: Replayed['stages'][number]['errors'][number],
  look: ReplayLook,
): string[] {
  const times = count > 1 ? `${count}× ` : ''
  const [line = ''] = message.split('\n')
  const text = `! ${times}${reason}${line === '' ? '' : `: ${line}`}`
  return [`${INDENT}${INDENT}${cut(text, columnsOf(look) - 2 * INDENT.length)}`]
}

/** All deliveries as a table, and how many promises were kept. */
export function summaryText(all: readonly Replayed[], look: ReplayLook): string {
  const { language } = look
  const head = [
    WORDS.pod,
    WORDS.delivery,
    WORDS.result,
    WORDS.total,
    WORDS.platform,
    WORDS.promised,
    WORDS.why,
  ]
  const rows = [head.map((label) => label[language]), ...all.map((one) => cells(one, language))]
  const widths = head.map((_, i) => Math.max(...rows.map((row) => width(row[i] as string))))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => padded(cell, widths[i] as number))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n\n${totalsLine(all, look)}\n`
}

function cells(one: Replayed, language: Language): string[] {
  const { pod, kind, outcome, startMs, endMs, platformMs, kept, code } = one
  return [
    `${pod.namespace}/${pod.name}`,
    kindWords(kind, language),
    outcomeWords(outcome, language),
    durationWords(endMs - startMs),
    platformMs === undefined ? '-' : durationWords(platformMs),
    keptWords(kept, language),
    code,
  ]
}

function totalsLine(all: readonly Replayed[], { language }: ReplayLook): string {
  const counts = new Map<Replayed['kept'], number>()
  for (const { kept } of all) counts.set(kept, (counts.get(kept) ?? 0) + 1)
  const pods = new Set(all.map(({ pod }) => pod.uid || `${pod.namespace}/${pod.name}`)).size
  const kinds = [...counts].map(([kept, n]) => `${n} ${keptWords(kept, language)}`).join(', ')
  if (language === 'zh') return `${pods} 个 Pod，${all.length} 次交付，承诺：${kinds}`
  const count = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`
  return `${count(pods, 'pod', 'pods')}, ${count(all.length, 'delivery', 'deliveries')}; promises: ${kinds}`
}

/** What the signs of the bars mean. */
export function legendText({ language, ascii }: ReplayLook): string {
  const signs = ascii ? BARS.ascii : BARS.unicode
  const end = { en: 'not finished', zh: '未结束' }[language]
  return `${signs.platform} ${WORDS.platform[language]}  ${signs.user} ${WORDS.user[language]}  ${signs.open} ${end}\n`
}

function columnsOf({ columns }: ReplayLook): number {
  return Math.min(WIDEST, Math.max(40, columns))
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}
