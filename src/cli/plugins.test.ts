import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join(root, 'src', 'main.ts')
const example = join(root, 'examples', 'plugin')
let dir = ''

/** A folder with the example among its packages, and with modules that go wrong. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'waggle-plugins-'))
  mkdirSync(join(dir, 'node_modules'))
  cpSync(example, join(dir, 'node_modules', 'waggle-plugin-example'), { recursive: true })
  symlinkSync(join(root, 'node_modules', 'rxjs'), join(dir, 'node_modules', 'rxjs'))
  writeFileSync(join(dir, 'throws.mjs'), "throw new Error('no bell')\n")
  writeFileSync(join(dir, 'lacks.mjs'), "import 'not-there'\n")
  writeFileSync(join(dir, 'broken.mjs'), 'export const components = [\n')
  writeFileSync(join(dir, 'empty.mjs'), '\n')
  cpSync(join(example, 'pipeline.yaml'), join(dir, 'pipeline.yaml'))
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

function waggle(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const ended = spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: 'utf8' })
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr }
}

const pipeline = ['--config', 'pipeline.yaml']

// Each starts Node anew, which takes its time on a busy machine.
describe('--plugin', { timeout: 30_000 }, () => {
  it.each([
    ['a path', example],
    ['a path of its main module', './node_modules/waggle-plugin-example/index.js'],
    ['a package of the working directory', 'waggle-plugin-example'],
  ])('takes %s', (_, plugin) => {
    const ended = waggle('validate', '--plugin', plugin, ...pipeline)
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('runs a receiver, a processor and an exporter of a third party', async () => {
    const path = join(dir, 'lines.txt')
    const args = ['run', '--plugin', 'waggle-plugin-example', ...pipeline]
    const set = [
      '--set=receivers.heartbeat.interval=5ms',
      '--set=service.telemetry.metrics.level=none',
    ]
    const env = { ...process.env, LINES_PATH: path }
    const child = spawn(process.execPath, [main, ...args, ...set], { cwd: dir, env })
    const out = { stderr: '' }
    child.stderr.on('data', (data) => (out.stderr += data))
    const ended = once(child, 'close')
    while (child.exitCode === null && linesIn(path).length < 5) await wait(20)
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    // Odd beats are short, so the processor has left them out and counted them.
    const numbers = linesIn(path).map((line) => Number(/^heartbeat beat (\d+)$/.exec(line)?.[1]))
    expect(numbers.slice(0, 5)).toEqual([2, 4, 6, 8, 10])
    expect(out.stderr).toMatch(/processor\/drop_short in traces +\d+ +\d+ +(\d+) \(too_short \1\)/)
    const [, seen, handed, dropped] = /receiver\/heartbeat +(\d+) +(\d+) +(\d+)/
      .exec(out.stderr)!
      .map(Number)
    expect([handed, dropped]).toEqual([seen, 0])
  })

  it('brings data that the agent knows as its own', () => {
    const args = ['--plugin', 'waggle-plugin-example', ...pipeline, '--format=json']
    const mixed = ['--set=exporters.debug=', '--set=service.pipelines.traces.exporters=[debug]']
    const { stdout, stderr } = waggle('print-config', ...args, ...mixed)
    expect(stderr).toMatch(/exporter "lines" is in no pipeline|^$/)
    expect(JSON.parse(stdout)).toMatchObject({
      receivers: { heartbeat: { interval: '500ms', service_name: 'heartbeat' } },
      exporters: { lines: { path: '/dev/stdout' }, debug: { verbosity: 'basic' } },
    })
  })

  it('adds to the list of components and to the schema', () => {
    const plugin = ['--plugin', 'waggle-plugin-example']
    expect(waggle('components', ...plugin).stdout).toContain(`  - name: heartbeat
    module: waggle-plugin-example v1.0.0
    summary: Emits a span at a fixed interval.
    stability:
      traces: Alpha
`)
    const { definitions } = JSON.parse(waggle('schema', ...plugin).stdout) as {
      definitions: Record<string, object>
    }
    expect(definitions['processor.drop_short']).toMatchObject({
      properties: { min_duration: { default: '5ms' } },
    })
  })

  it('places mistakes in options as everywhere', () => {
    const set = '--set=processors.drop_short.min_duraton=1s'
    expect(waggle('validate', '--plugin', example, ...pipeline, set)).toMatchObject({
      status: 1,
      stderr:
        '--set:1:23: processors.drop_short: unknown key "min_duraton", did you mean "min_duration"?\n',
    })
  })

  it.each([
    ['./nowhere', 'no such module'],
    ['nowhere', 'no such package (a path begins with "./" or "/")'],
    ['./throws.mjs', 'cannot be loaded: no bell'],
    ['./lacks.mjs', /^cannot be loaded: Cannot find package 'not-there' imported from /],
    ['./broken.mjs', 'cannot be loaded: Unexpected end of input'],
    ['./empty.mjs', 'exports no "components", a list of factories'],
    ['rxjs', 'exports no "components", a list of factories'],
  ])('says what is wrong with %s', (plugin, reason) => {
    const { status, stdout, stderr } = waggle('validate', '--plugin', plugin, ...pipeline)
    const [first = '', ...rest] = stderr.split(`--plugin ${plugin}: `)
    expect({ status, stdout, first, reasons: rest.length }).toEqual({
      status: 1,
      stdout: '',
      first: '',
      reasons: 1,
    })
    if (typeof reason === 'string') expect(rest[0]).toBe(`${reason}\n`)
    else expect(rest[0]).toMatch(reason)
  })

  it('refuses the same plugin twice', () => {
    const twice = ['--plugin', example, '--plugin', 'waggle-plugin-example']
    expect(waggle('validate', ...twice, ...pipeline).stderr).toBe(
      ['a receiver "heartbeat"', 'a processor "drop_short"', 'an exporter "lines"']
        .map(
          (what) => `--plugin waggle-plugin-example: there is ${what} already, from ${example}\n`,
        )
        .join(''),
    )
  })
})

function linesIn(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}
