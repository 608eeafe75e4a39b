import { Command, CommanderError } from 'commander'
import { ComponentRegistry } from '../component/registry.ts'
import { ConfigError } from '../config/index.ts'
import { addCommands } from './commands.ts'
import { PluginError } from './plugin_error.ts'
import type { Program, ProgramOptions } from './program.ts'
import { failureText } from './run.ts'
import { packageFacts } from './version.ts'

/** Carries out the command line and resolves with the exit code. Never rejects. */
export async function runCli(
  args: readonly string[],
  { components, exit, stdout = process.stdout, stderr = process.stderr }: ProgramOptions,
): Promise<number> {
  const registry = new ComponentRegistry(components)
  const facts = packageFacts()
  const program: Program = { registry, plugins: [], ...facts, stdout, stderr, exit }
  stdout.on('error', () => {})
  let code = 0
  try {
    await commandsOf(program, (result) => (code = result)).parseAsync(withCommand(args), {
      from: 'user',
    })
    return code
  } catch (error) {
    return report(error, program)
  }
}

// The Collector has no word for what it does most: `otelcol --config a.yaml` runs.
function withCommand(args: readonly string[]): readonly string[] {
  return /^--(config|set|feature-gates|plugin)(=|$)/.test(args[0] ?? '') ? ['run', ...args] : args
}

function commandsOf(program: Program, done: (code: number) => void): Command {
  const { stdout, stderr, version, description } = program
  const root = new Command('waggle').description(description).exitOverride()
  root.configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
  })
  root.version(`waggle ${version}`, '-v, --version', 'print the version')
  root.helpOption('-h, --help', 'print this help')
  addCommands(root, program, done)
  return root
}

function report(error: unknown, { stderr }: Program): number {
  // What commander has to say it has said.
  if (error instanceof CommanderError) return error.exitCode
  const worded = error instanceof ConfigError || error instanceof PluginError
  stderr.write(worded ? `${error.message}\n` : failureText(error))
  return 1
}
