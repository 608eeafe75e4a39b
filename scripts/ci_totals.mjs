// Adds up what the suites of `.ci/run` left in a folder: NAME.exit with an exit code, and NAME.json
// with Vitest's results where it got that far. Names what failed, and what passed only when it was tried
// again; the last line is `N passed, N failed`.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from './setup/paths.mjs'

const [folder] = process.argv.slice(2)
const totals = suites(folder).map(countsOf)
const sum = (key) => totals.reduce((total, counts) => total + counts[key], 0)
const failed = sum('failed')

for (const { name, note } of totals) if (note) console.log(`${name}: ${note}`)
for (const { name, second } of totals)
  for (const words of second) console.log(`${name}: passed at the second attempt: ${words}`)
for (const { name, failures } of totals)
  for (const words of failures) console.log(`${name}: ${words}`)
console.log(`${sum('passed')} passed, ${failed} failed`)
process.exitCode = totals.length > 0 && failed === 0 ? 0 : 1

function suites(dir) {
  const names = readdirSync(dir).filter((name) => name.endsWith('.exit'))
  return names.map((name) => ({ dir, name: name.slice(0, -'.exit'.length) }))
}

/** A suite that ended badly without a failed test to show for it counts as one failure. */
function countsOf({ dir, name }) {
  const code = Number(readFileSync(join(dir, `${name}.exit`), 'utf8'))
  const results = readJson(join(dir, `${name}.json`))
  const passed = results?.numPassedTests ?? 0
  const failed = failedTests(results) + brokenFiles(results)
  const failures = failuresOf(results)
  const second = secondAttempts(results)
  if (code === 0 || failed > 0) return { name, passed, failed, failures, second }
  const note = `ended with exit code ${code} and no failed test`
  return { name, passed, failed: 1, failures, second, note }
}

function failedTests(results) {
  return results?.numFailedTests ?? 0
}

/** Files that failed before, or outside of, their tests. */
function brokenFiles(results) {
  const files = results?.testResults ?? []
  const broken = files.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  )
  return broken.length
}

/** `FILE > TITLE: MESSAGE` of each failed test, and `FILE: MESSAGE` of each broken file. */
function failuresOf(results) {
  return (results?.testResults ?? []).flatMap((file) => {
    const tests = file.assertionResults.filter((test) => test.status === 'failed')
    if (tests.length === 0)
      return file.status === 'failed' ? [wordsOf(file.name, file.message)] : []
    return tests.map((test) =>
      wordsOf(`${file.name} > ${test.fullName}`, test.failureMessages?.[0]),
    )
  })
}

/** `FILE > TITLE: MESSAGE` of each test that passed after it had failed: Vitest keeps the message. */
function secondAttempts(results) {
  const tests = (results?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ name, ...test })),
  )
  return tests
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages?.length > 0)
    .map(({ name, fullName, failureMessages }) =>
      wordsOf(`${name} > ${fullName}`, failureMessages[0]),
    )
}

function wordsOf(place, message = '') {
  return `${place}: ${message.split('\n').slice(0, 3).join(' ')}`
}
