import { runCli } from './cli/cli.ts'
import { components } from './components.ts'

// Timers or sockets of a component that would not end must not keep the process.
process.exit(
  await runCli(process.argv.slice(2), { components, exit: (code) => process.exit(code) }),
)
