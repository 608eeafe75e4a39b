import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const realMain = pathOf('../main.ts')
const fakeMain = pathOf('testdata/fake_main.ts')
const cwd = pathOf('testdata')

interface Printed {
  readonly service: { readonly pipelines: { readonly traces: { readonly receivers: string[] } } }
}

interface Running {
  readonly child: ChildProcess
  readonly out: { stdout: string; stderr: string }
  /** Resolves when a stream has said something. */
  said(stream: 'stdout' | 'stderr', text: string): Promise<void>
  /** Resolves when the process has ended, with its code. */
  readonly ended: Promise<number | null>
}

const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

function start(args: readonly string[], main = fakeMain): Running {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (out.stdout += data))
  child.stderr.on('data', (data) => (out.stderr += data))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  let open = true
  void ended.then(() => (open = false))
  const said = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
    while (open && !out[stream].includes(text)) {
      await Promise.race([once(child[stream], 'data'), ended])
    }
    if (!out[stream].includes(text)) throw new Error(`never said ${text}: ${out.stderr}`)
  }
  return { child, out, said, ended }
}

async function call(args: readonly string[], main = fakeMain): Promise<object> {
  const { out, ended } = start(args, main)
  return { code: await ended, ...out }
}

// Each starts Node anew, which takes its time on a busy machine.
const patient = { timeout: 30_000 }

describe('waggle', patient, () => {
  it('lists its commands with --help', async () => {
    const { code, stdout } = (await call(['--help'], realMain)) as { code: number; stdout: string }
    expect(code).toBe(0)
    const names = [...stdout.matchAll(/^  ([a-z|-]+) /gm)].map(([, name]) => name)
    expect(names).toEqual([
      'run',
      'validate',
      'print-config|print-initial-config',
      'preflight',
      'replay',
      'components',
      'schema',
      'featuregate',
      'help',
    ])
  })

  it('prints its version', async () => {
    const stdout = expect.stringMatching(/^waggle \d+\.\d+\.\d+\n$/)
    expect(await call(['--version'], realMain)).toEqual({ code: 0, stdout, stderr: '' })
  })

  it('suggests the command that was probably meant', async () => {
    const stderr = "error: unknown command 'validat'\n(Did you mean validate?)\n"
    expect(await call(['validat'], realMain)).toEqual({ code: 1, stdout: '', stderr })
  })

  it('lists the components that are built in as the Collector does', async () => {
    const { code, stdout } = (await call(['components'])) as { code: number; stdout: string }
    expect(code).toBe(0)
    const list = parse(stdout.replaceAll(/ v\d+\.\d+\.\d+$/gm, ' VERSION')) as object
    expect(list).toEqual({
      buildinfo: {
        command: 'waggle',
        description: expect.any(String),
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
      receivers: [
        {
          name: 'ticker',
          module: 'waggle/receivers/ticker VERSION',
          summary: 'Emits a span every few milliseconds.',
          stability: { traces: 'Development' },
        },
      ],
      processors: [
        expect.objectContaining({ name: 'batch', module: 'waggle/processors/batch VERSION' }),
        {
          name: 'explode',
          module: 'waggle/processors/explode VERSION',
          summary: 'Fails.',
          stability: { traces: 'Development' },
        },
      ],
      exporters: [expect.objectContaining({ name: 'debug' })],
      connectors: [],
      extensions: [],
      providers: ['env', 'file', 'http', 'https', 'yaml'].map((scheme) => {
        return { scheme, module: 'waggle VERSION' }
      }),
    })
  })

  it('prints all of a long text, whoever reads it', async () => {
    const slow = spawn('/bin/sh', [
      '-c',
      `"$0" "$1" schema | (sleep 0.1; cat)`,
      process.execPath,
      realMain,
    ])
    children.add(slow)
    const { definitions } = (await json(slow.stdout)) as { definitions: object }
    expect(Object.keys(definitions)).toContain('exporter.debug')
  })

  it('lists the feature gates, and says all about one', async () => {
    const { stdout } = (await call(['featuregate'])) as { stdout: string }
    expect(stdout).toMatch(/^ID +ENABLED +STAGE +DESCRIPTION\n/)
    expect(stdout).toMatch(/^confmap\.enableMergeAppendOption +false +alpha +Where /m)
    const id = 'confmap.enableMergeAppendOption'
    const about = await call(['featuregate', id, '--feature-gates', id])
    expect(about).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Feature: confmap.*\nEnabled: true\nStage: alpha\n/),
    })
    expect(await call(['featuregate', 'confmap'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^waggle: unknown feature gate "confmap"/),
    })
  })
})

describe('waggle with a configuration', patient, () => {
  it.each(['run', 'validate', 'print-config'])('asks %s for --config', async (command) => {
    const stderr = 'waggle: no configuration given, name at least one with --config FILE\n'
    expect(await call([command], realMain)).toEqual({ code: 1, stdout: '', stderr })
  })

  it.each(['run', 'validate', 'print-config', 'preflight'])(
    'prints all problems at once with %s',
    async (command) => {
      const stderr = `two_mistakes.yaml:3:15: receivers.ticker.every_ms: expected a whole number, received "soon"
two_mistakes.yaml:6:5: exporters.debug: unknown key "verbosty", did you mean "verbosity"?
`
      const result = await call([command, '--config', 'two_mistakes.yaml'])
      expect(result).toEqual({ code: 1, stdout: '', stderr })
    },
  )

  it('names a file that is not there', async () => {
    const { stderr } = (await call(['validate', '--config', 'none.yaml'])) as { stderr: string }
    expect(stderr).toMatch(/^--config:1:1: .*none\.yaml/)
  })

  it('says nothing of a configuration that is right', async () => {
    const result = await call(['validate', '--config', 'ticker.yaml'])
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('lays later files over earlier ones, and --set over all', async () => {
    const args = [
      '--config=ticker.yaml',
      '--config=exploding.yaml',
      '--set=processors.batch.timeout=3s',
    ]
    const { stdout } = (await call(['print-config', ...args])) as { stdout: string }
    expect(stdout).toContain('timeout: 3s')
    expect(stdout).toContain('- explode')
  })

  it('joins lists where a feature gate says so', async () => {
    const more = 'yaml:service: {pipelines: {traces: {receivers: [ticker/2]}}}'
    const args = ['print-config', '--config=ticker.yaml', '--config=yaml:receivers: {ticker/2: }']
    const receivers = async (...gates: string[]): Promise<unknown> => {
      const { stdout } = (await call([...args, '--config', more, ...gates])) as { stdout: string }
      return (parse(stdout) as Printed).service.pipelines.traces.receivers
    }
    expect(await receivers()).toEqual(['ticker/2'])
    const gate = 'confmap.enableMergeAppendOption'
    expect(await receivers('--feature-gates', gate)).toEqual(['ticker', 'ticker/2'])
    expect(await receivers('--feature-gates', `${gate},-${gate}`)).toEqual(['ticker/2'])
  })

  it('prints as JSON, and what is wrong when it is told not to mind', async () => {
    const args = ['print-initial-config', '--config', 'two_mistakes.yaml', '--format', 'json']
    expect(await call(args)).toMatchObject({ code: 1, stdout: '' })
    const { code, stdout } = (await call([...args, '--validate=false'])) as {
      code: number
      stdout: string
    }
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      receivers: { ticker: { every_ms: '[REDACTED]' } },
      exporters: { debug: { verbosty: '[REDACTED]' } },
    })
    const { stdout: shown } = (await call([...args, '--validate=false', '--mode=unredacted'])) as {
      stdout: string
    }
    expect(JSON.parse(shown)).toMatchObject({ receivers: { ticker: { every_ms: 'soon' } } })
  })

  it('warns of a variable that is not set, and goes on', async () => {
    const args = ['--config=ticker.yaml', '--set=receivers.ticker.every_ms=${env:NOT_SET}']
    expect(await call(['validate', ...args])).toEqual({
      code: 0,
      stdout: '',
      stderr:
        '--set:1:27: receivers.ticker.every_ms: warning: environment variable "NOT_SET" is not set, left empty (${env:NOT_SET:-value} gives a default)\n',
    })
  })

  it('shows what this machine offers, and fails when something needed is not there', async () => {
    expect(await call(['preflight'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `FEATURE  ANSWER          NEEDED BY        FOUND
clock    supported       receiver/ticker  quartz
bell     could not tell  receiver/ticker
    instead: silence
    remedy: Buy a bell.
`,
    })
    const args = ['--config', 'ticker.yaml', '--set', 'receivers.ticker.start=unsupported']
    expect(await call(['preflight', ...args])).toEqual({
      code: 1,
      stderr: '',
      stdout: `FEATURE  ANSWER         NEEDED BY        FOUND
clock    supported      receiver/ticker  quartz
bell     not supported  receiver/ticker
    instead: silence
    remedy: Buy a bell.
`,
    })
  })
})

const ticker = ['run', '--config', 'ticker.yaml']

describe('waggle run', patient, () => {
  it('is what is meant when only a configuration is given, as with the Collector', async () => {
    const { child, said, ended } = start(['--config=ticker.yaml'])
    await said('stdout', 'tick')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'shuts down at %s and prints its totals',
    async (signal) => {
      const { child, out, said, ended } = start(ticker)
      await said('stdout', 'tick')
      child.kill(signal)
      expect(await ended).toBe(0)
      const [, seen] = /receiver\/ticker +(\d+)/.exec(out.stderr) ?? []
      expect(Number(seen)).toBeGreaterThan(0)
      const lines = out.stderr
        .split('\n')
        .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''))
      expect(lines.map((line) => line.replaceAll(/ +/g, ' ').trim())).toEqual([
        'info Running.',
        `info Shutting down. signal=${signal}`,
        'waggle: totals',
        'component seen handed on dropped',
        `receiver/ticker ${seen} ${seen} 0`,
        `processor/batch in traces ${seen} ${seen} 0`,
        `exporter/debug ${seen} ${seen} 0`,
        '',
      ])
    },
  )

  it('serves its metrics while it runs, unless their address is taken', async () => {
    const metrics = (port: string): string =>
      `service.telemetry.metrics={level: normal, endpoint: '127.0.0.1:${port}'}`
    const { child, out, said, ended } = start([...ticker, '--set', metrics('0')])
    await said('stdout', 'tick')
    const url = /Serving metrics\. url=(\S+)/.exec(out.stderr)?.[1] as string
    const page = await (await fetch(url)).text()
    expect(page).toMatch(/\notelcol_receiver_accepted_spans\{receiver="ticker",.*\} [1-9]/)
    const { port } = new URL(url)
    expect(await call([...ticker, '--set', metrics(port)])).toEqual({
      code: 1,
      stdout: '',
      stderr: `waggle: serve metrics on 127.0.0.1:${port} (service.telemetry.metrics.endpoint): listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('keeps to the log settings of the configuration', async () => {
    const { child, out, said, ended } = start([...ticker, '--config', 'json_logs.yaml'])
    await said('stdout', 'tick')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    const lines = out.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string })
    expect(lines.map(({ msg }) => msg)).toEqual(['Running.', 'Shutting down.', 'Totals.'])
    expect(lines.at(-1)).toMatchObject({
      totals: [
        { component: 'receiver/ticker' },
        { component: 'processor/batch', pipeline: 'traces', dropped: {} },
        { component: 'exporter/debug' },
      ],
    })
  })

  it('ends at once at a second signal', async () => {
    const { child, out, said, ended } = start([
      ...ticker,
      '--set',
      'receivers.ticker.shutdown=hangs',
    ])
    await said('stdout', 'tick')
    child.kill('SIGTERM')
    await said('stderr', 'Shutting down.')
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(out.stderr).toMatch(/error Second signal, ending at once\. signal=SIGINT\n$/)
  })

  it('can be stopped while it is starting', async () => {
    const { child, out, ended, said } = start([...ticker, '--set', 'receivers.ticker.start=hangs'])
    await said('stderr', 'Hanging.')
    child.kill('SIGTERM')
    await said('stderr', 'Shutting down.')
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(out.stdout).toBe('')
  })

  it('says what does not start and why, and ends with 1', async () => {
    const result = await call([...ticker, '--set', 'receivers.ticker.start=fails'])
    expect(result).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/\nwaggle: start receiver ticker: open clock: ENOENT\n$/),
    })
  })

  it('says what would help when the machine lacks something', async () => {
    const result = await call([...ticker, '--set', 'receivers.ticker.start=unsupported'])
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /\nwaggle: start receiver ticker: no bell\n  remedy: Buy a bell\.\n$/,
      ),
    })
  })

  it('ends with 1 and its totals when a pipeline fails', async () => {
    const { code, stderr } = (await call([...ticker, '--config', 'exploding.yaml'])) as {
      code: number
      stderr: string
    }
    expect(code).toBe(1)
    expect(stderr).toMatch(/processor\/explode in traces +(\d+) +0 +\1 \(pipeline_failed \1\)\n/)
    expect(stderr).toMatch(/\nwaggle: pipeline "traces" failed: processor "explode": boom\n$/)
  })

  it.each(['throws', 'rejects'])(
    'shuts down and ends with 1 when something %s unforeseen',
    async (how) => {
      const { code, stderr } = (await call([
        ...ticker,
        '--set',
        `receivers.ticker.crash=${how}`,
      ])) as {
        code: number
        stderr: string
      }
      expect(code).toBe(1)
      expect(stderr).toContain(
        'error Unexpected error, shutting down. err=boom\n'.replace('boom', '"boom"'),
      )
      expect(stderr).toContain('waggle: totals\n')
      expect(stderr).toContain('\nwaggle: unexpected error, please report it: Error: boom\n    at ')
    },
  )

  it('ends well when the reader of its output goes away', async () => {
    const { child, out, said, ended } = start(ticker)
    await said('stdout', 'tick')
    child.stdout?.destroy()
    expect(await ended).toBe(0)
    expect(out.stderr).toContain('waggle: totals\n')
  })
})
