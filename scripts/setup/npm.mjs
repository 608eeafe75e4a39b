// Runs npm and words its failures.

import { run } from './command.mjs'
import { projectNode } from './project_node.mjs'
import { indented, SetupError } from './report.mjs'

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/

/**
 * Runs npm in the checkout, the one that runs us where there is one, on the project's Node.js: on an
 * older one npm leaves out optional packages that ask for a newer, which compilers and linters are.
 */
export async function npm(args) {
  const cli = process.env.npm_execpath ?? ''
  const [program, ...first] = cli.endsWith('.js') ? [projectNode(), cli] : ['npm']
  const { code, output } = await run(program, [...first, ...args, '--ignore-scripts', ...quiet])
  if (code !== 0) throw new SetupError(wordFailure(code, args, output))
}

function wordFailure(code, args, output) {
  if (code === 127)
    return 'npm is not on the PATH: install it (Debian, Ubuntu: apt-get install npm)'
  const found = unreachable.exec(output)
  if (!found) return `"npm ${args[0]}" failed:\n${indented(reasonIn(output))}`
  return (
    `npm cannot reach its registry (${found[0]}). Needed once: a network, or a mirror named by ` +
    '"npm config set registry", or a proxy named by HTTPS_PROXY. Then run the command again.'
  )
}

/** npm says the reason first, then how it is called and where its log is. */
function reasonIn(output) {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trimEnd())
  return lines.filter((line) => line !== '').slice(0, 8)
}
