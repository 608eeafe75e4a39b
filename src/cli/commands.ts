import { Option } from 'commander'
import type { Command } from 'commander'
import { formatProblem } from '../config/index.ts'
import { componentsList } from './components_list.ts'
import { featureGateList } from './feature_gate_list.ts'
import { loadPlan } from './load.ts'
import type { ConfigOptions } from './load.ts'
import { withPlugins } from './plugins.ts'
import type { PluginOptions } from './plugins.ts'
import { written } from './output.ts'
import { allNeededIsThere, preflightText, requirementsOf, requirementsOfAll } from './preflight.ts'
import { addPrintConfig } from './print_command.ts'
import type { Program } from './program.ts'
import { addReplay } from './replay_command.ts'
import { run } from './run.ts'
import type { RunOptions } from './run.ts'
import { schemaText } from './schema_command.ts'

/** The options of a command that takes a configuration. */
export type Configured = ConfigOptions & PluginOptions

/** Adds every command; `done` takes the exit code of those that have one of their own. */
export function addCommands(root: Command, program: Program, done: (code: number) => void): void {
  const { stdout } = program

  configured(root.command('run'))
    .description('run a configuration until SIGINT or SIGTERM; SIGHUP reloads it')
    .option('--no-watch-config', 'do not reload when a file of the configuration changes')
    .action(async (options: RunOptions & PluginOptions) => {
      done(await run(options, await withPlugins(options, program)))
    })

  configured(root.command('validate'))
    .description('check a configuration; needs no root and no kernel')
    .action(async (options: Configured) => validate(options, await withPlugins(options, program)))

  addPrintConfig(configured(root.command('print-config')), program)

  configured(root.command('preflight'))
    .description(
      'tell what this machine offers of what is needed, by all components without --config',
    )
    .action(async (options: Configured) => {
      done(await preflight(options, await withPlugins(options, program)))
    })

  addReplay(pluggable(root.command('replay')), program, done)

  pluggable(root.command('components'))
    .description('list the components that there are')
    .action(async (options: PluginOptions) => {
      await written(stdout, componentsList(await withPlugins(options, program)))
    })

  pluggable(root.command('schema'))
    .description('print the JSON Schema of configurations, for editors')
    .action(async (options: PluginOptions) => {
      await written(stdout, schemaText(await withPlugins(options, program)))
    })

  gated(root.command('featuregate'))
    .argument('[id]', 'one of them')
    .description('list the features that --feature-gates switches on and off')
    .action((id: string | undefined, { featureGates }: { featureGates: readonly string[] }) => {
      stdout.write(featureGateList(id, featureGates))
    })
}

async function validate(options: Configured, { registry, stderr }: Program): Promise<void> {
  const { warnings } = await loadPlan(options, registry)
  for (const warning of warnings) stderr.write(`${formatProblem(warning)}\n`)
}

async function preflight(options: Configured, { registry, stdout }: Program): Promise<number> {
  const rows =
    options.config.length === 0
      ? requirementsOfAll(registry)
      : requirementsOf((await loadPlan(options, registry)).plan)
  stdout.write(preflightText(rows))
  return allNeededIsThere(rows) ? 0 : 1
}

function configured(command: Command): Command {
  command
    .option('--config <file>', 'a configuration; repeated, later ones are laid over', collect, [])
    .option('--set <key=value>', 'one more value, such as processors.batch.timeout=2s', collect, [])
  return pluggable(gated(command))
}

function gated(command: Command): Command {
  const what = 'features to switch on or, with a minus, off: one,-two'
  return command.option('--feature-gates <list>', what, collect, [])
}

function pluggable(command: Command): Command {
  const what = 'a module with more components, by path or package; may be repeated'
  return command.addOption(
    new Option('--plugin <module>', what).argParser(collect).default([], 'none'),
  )
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value]
}
