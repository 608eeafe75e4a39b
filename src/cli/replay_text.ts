import {
  durationWords,
  keptWords,
  kindWords,
  outcomeWords,
  ownerWords,
  stageWords,
  type Language,
} from '../helpers/delivery/wording.ts'
import type { Replayed, ReplayedError, ReplayedStage } from './replay_model.ts'
import { cut, endOf, padded, width, wrapped } from './text_width.ts'

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
const INDENT = '    '
/** The code of a container whose next start is put off. */
const LOOP = 'CrashLoopBackOff'
/** Lines of one message at most. */
const MESSAGE_LINES = 4

/** The deliveries of a pod for people. @param all by their beginning */
export function podText(all: readonly [Replayed, ...Replayed[]], look: ReplayLook): string {
  const { language } = look
  const { pod, node, workload } = all.at(-1) as Replayed
  const place = [...(node === '' ? [] : [`${WORDS.node[language]} ${node}`]), workload]
  const head = [`${pod.namespace}/${pod.name}`, ...place.filter((part) => part !== '')].join('  ')
  const parts = repeated(all).map(([one, times]) => deliveryText(one, times, look))
  return [head, ...loopLines(all, look), ...parts].join('\n')
}

/** What all restarts of a container come to: one by one each of them looks harmless. */
function loopLines(all: readonly Replayed[], look: ReplayLook): string[] {
  const restarts = all.filter(({ kind }) => kind === 'restart')
  const byContainer = Map.groupBy(restarts, ({ container }) => container)
  return [...byContainer].flatMap(([container, some]) => {
    const codes = [...Map.groupBy(some, ({ code }) => code)].map(
      ([code, same]) => `${code} ×${same.length}`,
    )
    const loops = some.at(-1)?.also.includes(LOOP)
    if (some.length < 2 && !loops) return []
    const text = {
      en: `Container ${container} ended ${some.length === 1 ? 'once' : `${some.length} times`}: ${codes.join(', ')}.${loops ? ` At the end it is in a crash loop (${LOOP}).` : ''}`,
      zh: `容器 ${container} 退出 ${some.length} 次：${codes.join('，')}。${loops ? `最后处于崩溃循环（${LOOP}）。` : ''}`,
    }[look.language]
    return wrapped(text, columnsOf(look), '  ')
  })
}

/** Rejections in a row for the same reason as one, and how many there were. */
function repeated(all: readonly Replayed[]): [Replayed, number][] {
  const rows: [Replayed, number][] = []
  for (const one of all) {
    const last = rows.at(-1)
    const isSame =
      last &&
      one.outcome === 'rejected' &&
      last[0].outcome === 'rejected' &&
      last[0].code === one.code
    if (isSame) last[1]++
    else rows.push([one, 1])
  }
  return rows
}

/** A delivery: its sentence first, then its verdict and its stages as bars. */
function deliveryText(delivery: Replayed, times: number, look: ReplayLook): string {
  const head = headline(delivery, times, look)
  const columns = columnsOf(look)
  // Of a restart that is over its sentence says all.
  if (delivery.kind === 'restart' && delivery.outcome === 'ready' && delivery.kept === 'kept') {
    return `${[head, ...wrapped(delivery.sentence, columns, INDENT)].join('\n')}\n`
  }
  const lines = [
    head,
    ...wrapped(delivery.sentence, columns, INDENT),
    ...actionLines(delivery, look),
    ...wrapped(verdictLine(delivery, look), columns, INDENT),
    ...timeline(delivery, look),
  ]
  return `${lines.join('\n')}\n`
}

function headline(delivery: Replayed, times: number, { language }: ReplayLook): string {
  const { kind, container, startMs, endMs, outcome } = delivery
  const done = `${kindWords(kind, language)}${container === '' ? '' : ` (${container})`}`
  const often = times === 1 ? '' : ` ×${times}`
  const took = durationWords(endMs - startMs)
  const after =
    outcome === 'unknown'
      ? { en: `${took} so far`, zh: `已用时 ${took}` }[language]
      : { en: `after ${took}`, zh: `用时 ${took}` }[language]
  return `  ${clock(startMs)}  ${done}${often}: ${outcomeWords(outcome, language)}, ${after}`
}

function actionLines({ action, owner, code }: Replayed, look: ReplayLook): string[] {
  const { language } = look
  if (action === '' || code === 'Success') return []
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

function timeline({ stages: all, startMs, endMs, owner }: Replayed, look: ReplayLook): string[] {
  const stages = all.filter(isWorthALine).map((stage) => blamed(stage, owner))
  if (stages.length === 0) return []
  const end = stages.reduce((last, stage) => Math.max(last, stage.endMs), endMs)
  const rows = stages.map((stage) => ({ stage, took: tookOf(stage) }))
  const took = Math.max(...rows.map((row) => width(row.took)))
  const room = columnsOf(look) - INDENT.length - took - 2
  const most = Math.floor(room * 0.6)
  const name = Math.max(...stages.map((stage) => width(nameOf(stage, most, look))))
  const bar = Math.max(SMALLEST_BAR, room - name - 2)
  return rows.flatMap((row) => [
    `${INDENT}${padded(nameOf(row.stage, most, look), name)}  ${barOf(row.stage, startMs, end, bar, look)}  ${row.took.padStart(took)}`,
    ...row.stage.errors.flatMap((error) => errorLines(error, look)),
  ])
}

/** A stage and its subject, of which the end says most: the tag of an image. */
function nameOf(
  { type, subject }: ReplayedStage,
  columns: number,
  { language }: ReplayLook,
): string {
  const words = stageWords(type, language)
  if (subject === '') return cut(words, columns)
  return `${words} ${endOf(subject, Math.max(4, columns - width(words) - 1))}`
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

/** What waits for a user to mend something is the user's time, as the verdict has it. */
function blamed(stage: ReplayedStage, owner: Replayed['owner']): ReplayedStage {
  return owner === 'user' && !stage.finished ? { ...stage, owner } : stage
}

/** What took no time at all, and went well, nobody looks for. */
function isWorthALine({ startMs, endMs, finished, errors }: ReplayedStage): boolean {
  return !finished || errors.length > 0 || endMs - startMs >= 1
}

function errorLines({ reason, message, count }: ReplayedError, look: ReplayLook): string[] {
  const times = count > 1 ? `${count}× ` : ''
  const [line = ''] = message.split('\n')
  const text = `! ${times}${reason}${line === '' ? '' : `: ${line}`}`
  const [first = '', ...rest] = wrapped(text, columnsOf(look) - 2, `${INDENT}  `)
  const lines = [first, ...rest.map((one) => `  ${one}`)]
  if (lines.length <= MESSAGE_LINES) return lines
  return [...lines.slice(0, MESSAGE_LINES - 1), `${lines[MESSAGE_LINES - 1]} …`]
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
  const { pod, kind, outcome, startMs, endMs, platformMs, kept } = one
  return [
    `${pod.namespace}/${pod.name}`,
    kindWords(kind, language),
    outcomeWords(outcome, language),
    durationWords(endMs - startMs),
    platformMs === undefined ? '-' : durationWords(platformMs),
    keptWords(kept, language),
    codeWords(one, language),
  ]
}

/** A crash loop by the name that `kubectl get pods` gives it, with the number of restarts that it shows. */
function codeWords({ code, also, restarts }: Replayed, language: Language): string {
  if (!also.includes(LOOP)) return code
  const times = {
    en: restarts === 1 ? '1 restart' : `${restarts} restarts`,
    zh: `重启 ${restarts} 次`,
  }
  return `${code}, ${LOOP}${restarts > 0 ? ` (${times[language]})` : ''}`
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
  const times = { en: 'times are UTC', zh: '时间为 UTC' }[language]
  return `${signs.platform} ${WORDS.platform[language]}  ${signs.user} ${WORDS.user[language]}  ${signs.open} ${end}  (${times})\n`
}

function columnsOf({ columns }: ReplayLook): number {
  return Math.min(WIDEST, Math.max(40, columns))
}

/** UTC, as the log has it. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}
