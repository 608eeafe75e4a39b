import { Option, type Command } from 'commander'
import { LANGUAGES, type Language } from '../helpers/delivery/wording.ts'
import { written } from './output.ts'
import { withPlugins, type PluginOptions } from './plugins.ts'
import type { Program } from './program.ts'
import type { Replayed } from './replay_model.ts'
import { deliveriesIn } from './replay_read.ts'
import { replayFiles, type ReplayResult } from './replay_run.ts'
import { podText, legendText, summaryText, type ReplayLook } from './replay_text.ts'

interface Options extends PluginOptions {
  readonly pod?: string
  readonly namespace?: string
  readonly language: Language
  readonly config: readonly string[]
  readonly format: 'text' | 'json'
}

const HINT =
  "wanted is the audit log of a kube-apiserver, an event of audit.k8s.io/v1 on each line, whose policy has level RequestResponse for pods and events (Waggle's repository has one: receivers/k8s_audit/policy.yaml)"

/** What a terminal has that does not say how wide it is. */
const COLUMNS = 100

/** Gives the command `replay` its options and its action. */
export function addReplay(command: Command, program: Program, done: (code: number) => void): void {
  command
    .argument('<file...>', 'audit logs of an API server, also compressed with gzip')
    .description(
      'explain from audit logs how the pods in them were brought up and taken down, and why so',
    )
    .option('--pod <name>', 'only pods of this name')
    .option('--namespace <name>', 'only pods of this namespace')
    .addOption(new Option('--language <language>', 'of sentences').choices(LANGUAGES).default('en'))
    .option(
      '--config <file>',
      'a configuration whose options of pod_delivery are used; may be repeated',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(async (files: readonly string[], options: Options) => {
      done(await replay(files, options, await withPlugins(options, program)))
    })
}

async function replay(
  files: readonly string[],
  options: Options,
  program: Program,
): Promise<number> {
  const result = await replayFiles(files, options, program)
  const { stdout, stderr } = program
  const deliveries = deliveriesIn(result.sink, options, options.language)
  for (const line of remarksOn(result, deliveries.length, options))
    stderr.write(`waggle: ${line}\n`)
  if (options.format === 'json') {
    for (const one of deliveries) await written(stdout, `${JSON.stringify(one)}\n`)
  } else if (deliveries.length > 0) {
    const look = lookOf(options.language, stdout)
    await written(stdout, `${legendText(look)}\n`)
    for (const one of podsOf(deliveries)) await written(stdout, `${podText(one, look)}\n`)
    await written(stdout, summaryText(deliveries, look))
  }
  return result.events === 0 || result.unreadable ? 1 : 0
}

/** Deliveries by pod; those that were rejected have no uid, and are put together by their name. */
function podsOf(all: readonly Replayed[]): [Replayed, ...Replayed[]][] {
  const keyOf = ({ pod, outcome }: Replayed): string =>
    outcome === 'rejected' ? `${pod.namespace}/${pod.name}` : pod.uid
  return [...Map.groupBy(all, keyOf).values()] as [Replayed, ...Replayed[]][]
}

function remarksOn(
  { events, leftOut, skipped }: ReplayResult,
  found: number,
  { pod, namespace }: Options,
): string[] {
  const left = leftOut.size === 0 ? '' : ` (left out: ${reasonsIn(leftOut)})`
  const unread = skipped.size === 0 ? [] : [`lines that cannot be read: ${reasonsIn(skipped)}`]
  if (events === 0) return [`no audit events about pods were found${left}`, ...unread, HINT]
  if (found > 0) return unread
  const filter = [pod && `pod ${pod}`, namespace && `namespace ${namespace}`]
    .filter(Boolean)
    .join(', ')
  const which = filter === '' ? '' : ` of ${filter}`
  return [
    `${events} audit events were read, and no delivery${which} was found in them${left}`,
    ...unread,
  ]
}

function reasonsIn(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([reason, n]) => `${n} ${reason}`).join(', ')
}

function lookOf(language: Language, stdout: NodeJS.WriteStream): ReplayLook {
  const { LC_ALL, LC_CTYPE, LANG } = process.env
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8'
  const columns = stdout.columns ?? (Number(process.env['COLUMNS']) || COLUMNS)
  return { language, columns, ascii: !/utf-?8/i.test(locale) }
}
