import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../tree/files.ts'

const roles = ['receiver', 'processor', 'connector', 'exporter', 'extension']
const names = ['tiny', 'a_rather_long_name_for_a_component']
const scaffolds = roles.flatMap((role) => names.map((name) => ({ role, name })))
const folders = scaffolds.map(({ role, name }) => `${role}s/${name}/`)
const foreign = ['node_modules', '.git', '.setup', 'dist', 'coverage']
let copy = ''

/** A copy of the tree; packages and what was built come along as they are. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'waggle-scaffold-'))
  const filter = (path: string): boolean => !foreign.includes(basename(path))
  cpSync(root, copy, { recursive: true, filter })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const { role, name } of scaffolds) {
    const { status, stderr } = node('scripts/new.mjs', role, name)
    if (status !== 0 || stderr !== '') throw new Error(`scaffold ${role} ${name}: ${stderr}`)
  }
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe('a scaffold of every role, with a short and a long name', () => {
  it('passes its tests, and those about the tree', () => {
    expect(failureOf(vitest, 'run', 'test/tree', ...folders)).toBe('')
  })

  it('is formatted', () => {
    const list = 'src/components.ts'
    expect(failureOf('node_modules/.bin/oxfmt', '--check', list, ...folders)).toBe('')
  })

  it('passes the linter', () => {
    const args = ['--type-aware', '--deny-warnings', ...folders]
    expect(failureOf('node_modules/.bin/oxlint', ...args)).toBe('')
  })

  it('has no error of types', () => {
    expect(failureOf('node_modules/.bin/tsc', '-p', '.')).toBe('')
  })

  it('has its documentation in step', () => {
    expect(failureOf('scripts/docs.mjs', '--check')).toBe('')
  })
})

describe('npm run new', () => {
  it.each([
    [[], 'expected a role and a name, as in "npm run new -- processor drop_health_checks"'],
    [['sink', 'a'], `expected a role (${roles.join(', ')}), received "sink"`],
    [
      ['processor', 'DropAll'],
      'expected a name in lower_snake_case, such as "drop_health_checks", received "DropAll"',
    ],
    [['exporter', 'disk_exporter'], '"disk_exporter" says twice what it is: call it "disk"'],
    [['exporter', 'new'], '"new" is a reserved word of JavaScript'],
    [['exporter', 'debug'], 'exporters/debug is there already'],
  ])('refuses %j', (args, message) => {
    expect(node('scripts/new.mjs', ...args)).toMatchObject({
      status: 1,
      stderr: `new: ${message}\n`,
    })
  })
})

const vitest = 'node_modules/vitest/vitest.mjs'

/** What a command that failed has printed; empty where it did not fail. */
function failureOf(...args: string[]): string {
  const { status, stdout, stderr } = node(...args)
  return status === 0 ? '' : `exit code ${status}: ${stdout}${stderr}`
}

function node(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TEST_RESULTS: '' }
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env })
}
