import { Command, CommanderError, Option } from 'commander'
import { ComponentRegistry } from '../component/registry.ts'
import { ConfigError, formatProblem, printConfig } from '../config/index.ts'
import { componentsList } from './components_list.ts'
import { loadPlan } from './load.ts'
import type { ConfigOptions } from './load.ts'
import { allNeededIsThere, preflightText, requirementsOf, requirementsOfAll } from './preflight.ts'
import type { Program, ProgramOptions } from './program.ts'
import { failureText, run } from './run.ts'
import { packageFacts } from './version.ts'

/** Carries out the command line and resolves with the exit code. Never rejects. */
export async function runCli(
  args: readonly string[],
  { components, exit }: ProgramOptions,
): Promise<number> {
  const { stdout, stderr } = process
  const registry = new ComponentRegistry(components)
  const program: Program = { registry, ...packageFacts(), stdout, stderr, exit }
  stdout.on('error', () => {})
  let code = 0
  try {
    await commands(program, (result) => (code = result)).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, program)
  }
}

function report(error: unknown, { stderr }: Program): number {
  // What commander has to say it has said.
  if (error instanceof CommanderError) return error.exitCode
  stderr.write(error instanceof ConfigError ? `${error.message}\n` : failureText(error))
  return 1
}

function commands(program: Program, done: (code: number) => void): Command {
  const { stdout, stderr, version, description } = program
  const root = new Command('waggle').description(description).exitOverride()
  root.version(`waggle ${version}`, '-v, --version', 'print the version')
  root.helpOption('-h, --help', 'print this help')

  configured(root.command('run'))
    .description('run a configuration until SIGINT or SIGTERM')
    .action(async (options: ConfigOptions) => done(await run(options, program)))

  configured(root.command('validate'))
    .description('check a configuration; needs no root and no kernel')
    .action((options: ConfigOptions) => {
      const { warnings } = loadPlan(options, program.registry)
      for (const warning of warnings) stderr.write(`${formatProblem(warning)}\n`)
    })

  configured(root.command('print-config'))
    .description('print the configuration in force: merged, with defaults, without secrets')
    .addOption(new Option('--format <format>', 'how').choices(['yaml', 'json']).default('yaml'))
    .action(({ format, ...options }: ConfigOptions & { format: 'yaml' | 'json' }) => {
      stdout.write(printConfig(loadPlan(options, program.registry).config, { format }))
    })

  configured(root.command('preflight'))
    .description(
      'tell what this machine offers of what is needed, by all components without --config',
    )
    .action((options: ConfigOptions) => done(preflight(options, program)))

  root
    .command('components')
    .description('list the components that are built in')
    .action(() => void stdout.write(componentsList(program)))

  return root
}

function configured(command: Command): Command {
  return command
    .option('--config <file>', 'a configuration; repeated, later ones are laid over', collect, [])
    .option('--set <key=value>', 'one more value, such as processors.batch.timeout=2s', collect, [])
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value]
}

function preflight(options: ConfigOptions, { registry, stdout }: Program): number {
  const rows =
    options.config.length === 0
      ? requirementsOfAll(registry)
      : requirementsOf(loadPlan(options, registry).plan)
  stdout.write(preflightText(rows))
  return allNeededIsThere(rows) ? 0 : 1
}
