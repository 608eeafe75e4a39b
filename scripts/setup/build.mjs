// The addon over libbpf and the BPF objects, by their Makefiles, which know what depends on what.

import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { run, succeeds } from './command.mjs'
import { root } from './paths.mjs'
import { lastLines, say, seconds, SetupError } from './report.mjs'
import { installTools, missingTools } from './tools.mjs'

const builds = [
  { name: 'addon', dir: 'bpf/libbpf-addon', targets: ['all', 'test-objects'] },
  { name: 'BPF objects', dir: 'bpf', targets: ['all'] },
]
const needBuild = process.argv.includes('--need-build')
const parallel = `-j${typeof availableParallelism === 'function' ? availableParallelism() : cpus().length}`

/** `make -q` builds nothing and says by its exit code whether something is out of date. */
function isStale({ dir, targets }) {
  if (!existsSync(join(root, dir, 'Makefile'))) return false
  return !succeeds('make', ['-s', '-q', '-C', dir, ...targets])
}

export const buildStep = {
  isNeeded: () => builds.some(isStale),
  async run() {
    const missing = missingTools()
    if (missing.length > 0) {
      const command = await installTools(missing)
      if (command !== undefined) return skip(missing, command)
    }
    for (const build of builds.filter(isStale)) await make(build)
  },
}

/** Without compilers everything that needs no kernel still works. */
function skip(missing, command) {
  const what = missing.map((tool) => tool.name).join(', ')
  const text = `cannot build addon and BPF objects, missing: ${what}. To install it:\n  ${command}`
  if (needBuild) throw new SetupError(text)
  say(
    `${text}\n  Until then what needs the kernel is skipped; "waggle validate" and unit tests work.`,
  )
}

async function make({ name, dir, targets }) {
  const started = Date.now()
  const { code, output } = await run('make', ['-s', parallel, '-C', dir, ...targets])
  if (code !== 0)
    throw new SetupError(`building the ${name} failed (make -C ${dir}):\n${lastLines(output, 30)}`)
  say(`${name} built${listed(dir)} (${seconds(started)})`)
}

function listed(dir) {
  if (dir !== 'bpf') return ''
  const has = (program) => existsSync(join(root, dir, program, `${program}.bpf.c`))
  return `: ${readdirSync(join(root, dir)).filter(has).join(', ') || 'none yet'}`
}
