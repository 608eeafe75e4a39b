import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import type { Finding } from './findings.ts'
import type { Signal } from './signals.ts'
import type { Values } from './text.ts'

/** Characters of a foreign message that a sentence shows; the whole is in the evidence. */
const SHOWN = 240

/** What a sentence about a finding is filled with. */
export function valuesOf(finding: Finding, delivery: Delivery, toMs: number): Values {
  const { signals, words, container, firstMs, lastMs, clearedMs, count } = finding
  const { pod } = delivery
  const said = signals.findLast(({ message }) => message !== '')?.message ?? ''
  const exitCode = signals.findLast((signal) => signal.exitCode !== undefined)?.exitCode
  const answered = signals.findLast(({ code }) => code > 0)?.code
  const facts = pod.containers.find(({ name }) => name === container)
  const sum = (of: 'cpu' | 'memory'): number =>
    pod.containers.reduce((total, one) => total + one[of], 0)
  return {
    words: {
      namespace: pod.namespace,
      pod: pod.name,
      node: pod.nodeName,
      container,
      image: imageOf(finding, delivery),
      limit: facts?.memoryLimit ? quantity(facts.memoryLimit) : '',
      cpu: trimmed(sum('cpu')),
      memory: quantity(sum('memory')),
      exit: exitCode === undefined ? '' : String(exitCode),
      signal: exitCode === undefined ? '' : String(exitCode - 128),
      status: answered === undefined ? '' : String(answered),
      user: askedBy(signals),
      message: short(said),
      ...Object.fromEntries(Object.entries(words).map(([name, text]) => [name, short(text)])),
    },
    times: count,
    lastMs,
    tookMs: Math.max(0, (clearedMs ?? toMs) - firstMs),
  }
}

/** Who asked for it, rather than who told of it. */
function askedBy(signals: readonly Signal[]): string {
  const known = signals.filter(({ user }) => user !== '')
  const asked = known.findLast(({ about }) => !about.startsWith('condition '))
  return (asked ?? known.at(-1))?.user ?? ''
}

/** What a finding is about: what the message names, else the image, the container, the node. */
export function subjectOf(finding: Finding, delivery: Delivery): string {
  const { words, judge, container } = finding
  if (words['subject']) return words['subject']
  if (judge.stage === 'image') return imageOf(finding, delivery)
  if (container !== '') return container
  return judge.stage === 'node' || judge.stage === 'kubelet' ? delivery.pod.nodeName : ''
}

function imageOf({ signals, container }: Finding, { pod }: Delivery): string {
  const named = signals.map(({ message }) => /\bimage "([^"]+)"/.exec(message)?.[1])
  const ofSpec = pod.containers.find(({ name }) => name === container)?.image
  return named.findLast((name) => name !== undefined) ?? ofSpec ?? ''
}

function short(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[.,;:]+$/, '')
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line
}

/** `128Mi`, `1.5Gi`, as a pod spec has it. */
function quantity(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const
  const at = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${trimmed(bytes / 1024 ** at)}${units[at]}`
}

function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100)
}
