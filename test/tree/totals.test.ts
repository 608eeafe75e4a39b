import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { root } from './files.ts'

cleansUp()

type Status = 'passed' | 'failed' | 'skipped'

/** What Vitest's JSON reporter says of one file with such tests. */
function results(...tests: (readonly [title: string, status: Status])[]) {
  const count = (wanted: Status): number => tests.filter(([, status]) => status === wanted).length
  const assertionResults = tests.map(([title, status]) => ({
    title,
    fullName: `suite ${title}`,
    status,
    failureMessages: status === 'failed' ? ['AssertionError: expected 1\n  at file'] : [],
  }))
  const status = count('failed') > 0 ? 'failed' : 'passed'
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    testResults: [{ name: 'x.test.ts', status, message: '', assertionResults }],
  }
}

describe('the last line of .ci/run', () => {
  it('adds up the tests of all suites, after what failed', () => {
    const ended = totals({
      check: [0, results(['a', 'passed'], ['b', 'passed'], ['c', 'skipped'])],
      packed: [1, results(['d', 'passed'], ['e', 'failed'])],
    })
    const words = 'packed: x.test.ts > suite e: AssertionError: expected 1   at file\n'
    expect(ended).toEqual({ status: 1, stdout: `${words}3 passed, 1 failed\n` })
  })

  it('succeeds when nothing failed', () => {
    const ended = totals({ check: [0, results(['a', 'passed'])] })
    expect(ended).toEqual({ status: 0, stdout: '1 passed, 0 failed\n' })
  })

  it('names what passed only at the second attempt', () => {
    const passed = results(['a', 'passed'], ['b', 'passed'])
    passed.testResults[0]!.assertionResults[1]!.failureMessages.push('Error: too late\n  at file')
    const words =
      'long: passed at the second attempt: x.test.ts > suite b: Error: too late   at file\n'
    expect(totals({ long: [0, passed] })).toEqual({
      status: 0,
      stdout: `${words}2 passed, 0 failed\n`,
    })
  })

  it('counts a suite that ended before its tests as a failure', () => {
    const stdout = 'check: ended with exit code 1 and no failed test\n0 passed, 1 failed\n'
    expect(totals({ check: [1] })).toEqual({ status: 1, stdout })
  })

  it('counts a file that could not be loaded as a failure', () => {
    const broken = {
      ...results(['a', 'passed']),
      testResults: [
        { name: 'x.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
      ],
    }
    const stdout = 'check: x.test.ts: no such module\n1 passed, 1 failed\n'
    expect(totals({ check: [1, broken] })).toEqual({ status: 1, stdout })
  })

  it('counts an error outside of all tests as a failure', () => {
    const stdout = 'check: ended with exit code 1 and no failed test\n1 passed, 1 failed\n'
    expect(totals({ check: [1, results(['a', 'passed'])] })).toEqual({ status: 1, stdout })
  })

  it('is no success when no suite ran', () => {
    expect(totals({})).toEqual({ status: 1, stdout: '0 passed, 0 failed\n' })
  })
})

describe('npm run requirements', () => {
  it('claims a row only when every test that names it has passed', () => {
    const { stdout } = requirements(
      results(
        ['[0.1] passes', 'passed'],
        ['[0.2] fails', 'failed'],
        ['[0.3] is skipped', 'skipped'],
        ['[0.4] passes here', 'passed'],
        ['[0.4] and fails there', 'failed'],
        ['[0.5] [1.1] and [2.10, 3.4] name four', 'passed'],
      ),
    )
    const rows = ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '1.1', '2.10', '3.4']
    expect(rows.map((row) => stateOf(row, stdout))).toEqual([
      'passed',
      'FAILED',
      'skipped',
      'FAILED',
      'passed',
      '-',
      'passed',
      'passed',
      'passed',
    ])
    expect(stdout).toMatch(/^System 0: 2 of 14$/m)
    expect(stdout).toMatch(/\n5 of 104 rows have a passing test\n$/)
  })

  it('fails on a row that does not exist', () => {
    const { status, stdout } = requirements(results(['[7.1] is nothing', 'passed']))
    expect(status).toBe(1)
    expect(stdout).toContain('no such row 7.1: "[7.1] is nothing"\n')
  })

  it('says which file holds no results', () => {
    const path = join(tempDir('requirements'), 'absent.json')
    expect(script('requirements.mjs', path)).toMatchObject({
      status: 1,
      stderr: `requirements: ${path} holds no results of Vitest\n`,
    })
  })
})

function totals(suites: Record<string, [code: number, results?: object]>) {
  const dir = tempDir('totals')
  for (const [name, [code, found]] of Object.entries(suites)) {
    writeFileSync(join(dir, `${name}.exit`), `${code}\n`)
    if (found) writeFileSync(join(dir, `${name}.json`), JSON.stringify(found))
  }
  const { status, stdout } = script('ci_totals.mjs', dir)
  return { status, stdout }
}

function requirements(found: object) {
  const path = join(tempDir('requirements'), 'results.json')
  writeFileSync(path, JSON.stringify(found))
  return script('requirements.mjs', path)
}

function stateOf(row: string, text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .find((words) => words[1] === row)?.[0]
}

function script(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(root, 'scripts', name), ...args], { encoding: 'utf8' })
}
