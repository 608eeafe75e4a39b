// Everything that has to hold before a change goes in; the first failure ends it.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/paths.mjs'

const bin = (name) => join('node_modules', '.bin', name)
const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run']

const steps = [
  { name: 'format', command: [bin('oxfmt'), '--check', '.'], remedy: 'npm run format' },
  {
    name: 'lint',
    command: [bin('oxlint'), '--type-aware', '--deny-warnings', '.'],
    remedy: 'npm run lint',
  },
  { name: 'types', command: [bin('tsc'), '-p', '.'], remedy: 'npx tsc -p .' },
  {
    name: 'import arrows',
    command: [process.execPath, ...vitest, 'test/tree/imports.test.ts', '--reporter=dot'],
    remedy: 'npm test -- test/tree/imports.test.ts',
    quietResults: true,
  },
  {
    name: 'docs in step',
    command: [process.execPath, 'scripts/docs.mjs', '--check'],
    remedy: 'npm run docs',
    needs: 'src/components.ts',
  },
  { name: 'tests', command: [process.execPath, ...vitest], remedy: 'npm test' },
]

const started = Date.now()
for (const step of steps) {
  if (step.needs && !existsSync(join(root, step.needs))) say(`${step.name}: nothing to check yet`)
  else if (!passes(step)) fail(step)
}
say(`all ${steps.length} steps passed in ${seconds(started)}`)

function passes({ name, command, quietResults }) {
  const began = Date.now()
  const env = quietResults ? { ...process.env, TEST_RESULTS: '' } : process.env
  const [program, ...args] = command
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  if (error) say(`${name}: ${error.message}`)
  say(`${name}: ${status === 0 ? 'passed' : 'FAILED'} (${seconds(began)})`)
  return status === 0
}

function fail({ name, remedy }) {
  say(`stopped at "${name}"; to see it alone: ${remedy}`)
  process.exit(1)
}

function say(text) {
  process.stdout.write(`check: ${text}\n`)
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}
