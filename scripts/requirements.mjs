// Which rows of docs/requirements.md have a passing test. A test names rows in its title: `[0.10]`,
// `[1.4] [1.5]` or `[1.4, 1.5]`. A row holds when every test that names it has passed, and none was
// skipped.
//
//   npm run requirements                  runs the tests that name a row
//   npm run requirements -- FILE.json...  reads results that Vitest wrote before

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJson, root } from './setup/paths.mjs'

const rowPattern = /\[(\d+\.\d+(?:,\s*\d+\.\d+)*)\]/g
const rows = readRows()
const given = process.argv.slice(2)
const results = given.length > 0 ? given.map(readResults) : runTests()
report(results.flatMap(testsIn))

/** The numbers and sentences of the table. */
function readRows() {
  const text = readFileSync(join(root, 'docs', 'requirements.md'), 'utf8')
  const found = [...text.matchAll(/^\| (\d+\.\d+) \| (.+) \|$/gm)]
  return new Map(found.map(([, number, sentence]) => [number, sentence]))
}

function readResults(path) {
  const read = readJson(path)
  if (read?.testResults) return read
  return end(`${path} holds no results of Vitest`)
}

function runTests() {
  const dir = mkdtempSync(join(tmpdir(), 'waggle-requirements-'))
  try {
    return ['vitest.config.ts', 'vitest.slow.config.ts'].map((config) => runWith(config, dir))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function runWith(config, dir) {
  const outputFile = join(dir, `${config}.json`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const filter = ['-t', String.raw`\[\d+\.\d+`, '--passWithNoTests']
  const args = [vitest, 'run', '--config', config, ...filter]
  const env = { ...process.env, TEST_RESULTS: outputFile }
  spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env })
  return existsSync(outputFile)
    ? readResults(outputFile)
    : end(`vitest wrote no results (${config})`)
}

/** Each row that a test names, with how the test ended. */
function testsIn({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults)
  return tests.flatMap(({ title, status }) =>
    [...title.matchAll(rowPattern)].flatMap(([, list]) =>
      list.split(/,\s*/).map((row) => ({ row, title, status })),
    ),
  )
}

function report(tests) {
  const strangers = tests.filter(({ row }) => !rows.has(row))
  const groups = Map.groupBy(tests, ({ row }) => row)
  const holds = (row) => groups.get(row)?.every(({ status }) => status === 'passed') ?? false
  for (const system of new Set([...rows.keys()].map((row) => row.split('.')[0]))) {
    reportSystem(system, groups, holds)
  }
  for (const { row, title } of strangers) console.log(`no such row ${row}: "${title}"`)
  const done = [...rows.keys()].filter(holds).length
  console.log(`${done} of ${rows.size} rows have a passing test`)
  process.exitCode = strangers.length === 0 ? 0 : 1
}

function reportSystem(system, groups, holds) {
  const own = [...rows].filter(([row]) => row.startsWith(`${system}.`))
  console.log(`System ${system}: ${own.filter(([row]) => holds(row)).length} of ${own.length}`)
  for (const [row, sentence] of own) {
    console.log(`  ${stateOf(row, groups, holds).padEnd(9)}${row.padEnd(6)}${sentence}`)
  }
}

function stateOf(row, groups, holds) {
  if (holds(row)) return 'passed'
  const states = (groups.get(row) ?? []).map(({ status }) => status)
  if (states.length === 0) return '-'
  return states.includes('failed') ? 'FAILED' : 'skipped'
}

function end(text) {
  console.error(`requirements: ${text}`)
  process.exit(1)
}
