#!/usr/bin/env node
// Puts in place what Waggle needs: Node.js, npm packages, compilers, the addon, the BPF objects.
// Looks first and does only what is missing. Plain JavaScript that runs on Node.js 18, because it
// runs before the project's own Node.js is there.
//
//   node scripts/setup.mjs               install and build what is missing; go on without a compiler
//   node scripts/setup.mjs --need-build  fail where addon or BPF objects cannot be built

import { buildStep } from './setup/build.mjs'
import { nodeStep } from './setup/node.mjs'
import { packagesStep } from './setup/packages.mjs'
import { withLock } from './setup/lock.mjs'
import { say, seconds, SetupError } from './setup/report.mjs'

const steps = [nodeStep, packagesStep, buildStep]

/** Does what is missing, one process at a time. */
async function setUp() {
  const started = Date.now()
  if (!steps.some((step) => step.isNeeded())) {
    return say(`everything is in place (${seconds(started)})`)
  }
  await withLock(async () => {
    for (const step of steps) {
      if (step.isNeeded()) await step.run()
    }
  })
}

function checkArguments() {
  const unknown = process.argv.slice(2).filter((argument) => argument !== '--need-build')
  if (unknown.length > 0) throw new SetupError(`unknown argument "${unknown[0]}"`)
}

try {
  checkArguments()
  await setUp()
} catch (error) {
  say(wordFailure(error))
  process.exitCode = 1
}

/** Only a mistake in set-up itself is worth a stack trace. */
function wordFailure(error) {
  if (error instanceof SetupError) return error.message
  if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
  return (
    `cannot write ${error.path} (${error.code}). Where another user set this checkout up, ` +
    'give it back first: sudo chown -R "$(id -u)" .'
  )
}
