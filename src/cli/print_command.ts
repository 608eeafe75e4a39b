import { Option } from 'commander'
import type { Command } from 'commander'
import { formatProblem, printConfig, printRawConfig } from '../config/index.ts'
import type { PrintOptions } from '../config/index.ts'
import type { Configured } from './commands.ts'
import { loadPlan, loadTree } from './load.ts'
import { written } from './output.ts'
import { withPlugins } from './plugins.ts'
import type { Program } from './program.ts'

type Options = Configured & Required<PrintOptions> & { readonly validate: string }

/** Gives the command `print-config` its options and its action. */
export function addPrintConfig(command: Command, program: Program): void {
  command
    .alias('print-initial-config')
    .description('print the configuration in force: merged, expanded, with its defaults')
    .addOption(choice('--format <format>', 'how', ['yaml', 'json']))
    .addOption(choice('--mode <mode>', 'whether secrets are shown', ['redacted', 'unredacted']))
    .addOption(choice('--validate [boolean]', 'whether it has to be right', ['true', 'false']))
    .action(async (options: Options) => {
      await written(program.stdout, await printed(options, await withPlugins(options, program)))
    })
}

async function printed(options: Options, { registry, stderr }: Program): Promise<string> {
  const { format, mode } = options
  if (options.validate !== 'false') {
    const { config } = await loadPlan(options, registry)
    return printConfig(config, { format, mode })
  }
  const { node, problems } = await loadTree(options)
  for (const problem of problems) stderr.write(`${formatProblem(problem)}\n`)
  return printRawConfig(node, registry, { format, mode })
}

function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values).default(values[0])
}
