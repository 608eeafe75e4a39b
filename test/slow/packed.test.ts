import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../kit/eventually.ts'
import { start } from '../kit/processes.ts'
import { root, textOf } from '../tree/files.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'

const { version } = JSON.parse(textOf('package.json')) as { version: string }
const path = `${dirname(process.execPath)}:${process.env['PATH']}`
let dir = ''
let waggle = ''

/** Installs what `npm pack` makes of both packages in an empty folder. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'waggle-packed-'))
  const installed = join(dir, 'installed')
  mkdirSync(installed)
  run(process.execPath, [join(root, 'scripts', 'build.mjs')], root)
  const packages = [pack('.'), pack('bpf/libbpf-addon'), pack('examples/plugin')]
  writeFileSync(join(installed, 'package.json'), '{ "private": true }')
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], installed)
  waggle = join(installed, 'node_modules', '.bin', 'waggle')
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('the packed tarballs', () => {
  it('carry no sources and no tests', () => {
    const packed = join(dir, 'installed', 'node_modules', 'waggle')
    expect(existsSync(join(packed, 'dist', 'src', 'main.js'))).toBe(true)
    expect(existsSync(join(packed, 'src'))).toBe(false)
    expect(existsSync(join(packed, 'dist', 'src', 'component', 'lifecycle_test.js'))).toBe(false)
  })

  it('have every BPF object where the code looks for it', () => {
    const object = join(dir, 'installed/node_modules/waggle/dist/bpf/http/build/http.bpf.o')
    expect(existsSync(object)).toBe(true)
  })

  it('run from where they are installed', () => {
    const { status, stdout, stderr } = command(['--version'])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `waggle ${version}\n`,
      stderr: '',
    })
  })

  it('list the same components as the checkout', () => {
    const here = spawnSync(join(root, 'bin', 'waggle'), ['components'], { encoding: 'utf8' })
    expect(command(['components']).stdout).toBe(here.stdout)
  })

  it('bring an addon that loads', () => {
    const code = "const { BpfObject } = await import('libbpf-addon'); console.log(typeof BpfObject)"
    const args = ['--input-type=module', '-e', code]
    expect(run(process.execPath, args, join(dir, 'installed'))).toBe('function\n')
  })

  it('accept a good configuration, and word the mistakes of a bad one', () => {
    const pipelines =
      'service: { pipelines: { traces: { receivers: [ebpf_http], exporters: [debug] } } }'
    const good = join(dir, 'good.yaml')
    const bad = join(dir, 'bad.yaml')
    const parts = 'receivers: { ebpf_http: }\nprocessors: { protocol_inference: }\n'
    const service = pipelines.replace('exporters', 'processors: [protocol_inference], exporters')
    writeFileSync(good, `${parts}exporters: { debug: }\n${service}\n`)
    writeFileSync(bad, `${parts}exporters: { debug: { verbosty: normal } }\n${service}\n`)
    expect(command(['validate', '--config', good])).toMatchObject({ status: 0, stderr: '' })
    expect(command(['validate', '--config', bad])).toMatchObject({
      status: 1,
      stderr: `${bad}:3:23: exporters.debug: unknown key "verbosty", did you mean "verbosity"?\n`,
    })
  })
})

describe('a plugin that is a package of its own', () => {
  const plugin = ['--plugin', 'waggle-plugin-example']
  const pipeline = join(root, 'examples', 'plugin', 'pipeline.yaml')

  it('is found beside the agent, and works with the classes that the agent has', async () => {
    const args = ['run', ...plugin, '--config', pipeline, '--set=receivers.heartbeat.interval=5ms']
    // The exporter is the agent's, the data the plugin's.
    const set = ['--set=exporters.debug=', '--set=service.pipelines.traces.exporters=[debug]']
    const options = { cwd: dir, env: { PATH: path } }
    const agent = await start(waggle, [...args, ...set, verbosity], options)
    await eventually(() => expect(agent.stdout).toContain('heartbeat'))
    await agent.stop()
  })

  it('is found from the working directory', () => {
    const options = { cwd: join(dir, 'installed'), env: { PATH: path }, encoding: 'utf8' } as const
    const args = ['validate', ...plugin, '--config', pipeline]
    const { status, stderr } = spawnSync(waggle, args, options)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('is checked by TypeScript against the types that are shipped', () => {
    const sources = join(dir, 'sources')
    cpSync(join(root, 'examples', 'plugin'), sources, { recursive: true })
    symlinkSync(join(dir, 'installed', 'node_modules'), join(dir, 'node_modules'))
    writeFileSync(join(sources, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
    expect(typesIn(sources)).toBe('')
    const wrong = "import { defineReceiver } from 'waggle/component'\ndefineReceiver({})\n"
    writeFileSync(join(sources, 'wrong.js'), wrong)
    expect(typesIn(sources)).toMatch(/^wrong\.js\(2,16\): error TS2740/)
  })
})

const include = ['*.js']
const compilerOptions = {
  noEmit: true,
  allowJs: true,
  checkJs: true,
  strict: true,
  target: 'es2024',
  module: 'nodenext',
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
}

/** What the compiler has to say about a folder. */
function typesIn(cwd: string): string {
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  return spawnSync(tsc, ['-p', '.'], { cwd, encoding: 'utf8', env: { PATH: path } }).stdout
}

const verbosity = '--set=exporters.debug.verbosity=normal'

function pack(folder: string): string {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir]
  return join(dir, run('npm', args, join(root, folder)).trim())
}

function run(program: string, args: string[], cwd: string): string {
  const env = { ...process.env, PATH: path, npm_config_loglevel: 'error' }
  return execFileSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function command(args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(waggle, args, { cwd: dir, env: { PATH: path }, encoding: 'utf8' })
}
