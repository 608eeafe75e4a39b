import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { telemetryConfig } from '../config/index.ts'
import { openLog, type RunningLog } from './logs.ts'
import type { Program } from './program.ts'

cleansUp()

/** A log as it is configured, and what its streams get. */
function opened(logs: object): RunningLog & { stdout: string[]; stderr: string[] } {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const stream = (lines: string[]) => ({ write: (text: string) => lines.push(text) > 0 })
  const streams = { stdout: stream(stdout), stderr: stream(stderr) }
  const running = openLog(
    telemetryConfig.parse({ logs }).logs,
    streams as unknown as Pick<Program, 'stdout' | 'stderr'>,
  )
  return { ...running, stdout, stderr }
}

const message = (line: string): unknown => (JSON.parse(line) as { msg: unknown }).msg

it('goes to standard error, for people, unless it is told otherwise', () => {
  const { log, stdout, stderr } = opened({})
  log.info({ a: 1 }, 'Running.')
  log.debug('Not this.')
  expect(stdout).toEqual([])
  expect(stderr.map((line) => line.slice(13))).toEqual(['info  Running. a=1\n'])
})

it('goes to all the places that are named, once to each, and adds to files', () => {
  const file = join(tempDir('log'), 'waggle.log')
  const paths = ['stdout', file, file, pathToFileURL(`${file}.2`).href]
  for (const text of ['One.', 'Two.']) {
    const { log, close, stdout, stderr } = opened({ encoding: 'json', output_paths: paths })
    log.info(text)
    close()
    log.info('Too late for a file.')
    expect(stdout.map(message)).toEqual([text, 'Too late for a file.'])
    expect(stderr).toEqual([])
  }
  const linesOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n').map(message)
  expect(linesOf(file)).toEqual(['One.', 'Two.'])
  expect(linesOf(`${file}.2`)).toEqual(['One.', 'Two.'])
})

it('does not start where a file cannot be opened', () => {
  const path = join(tempDir('log'), 'none', 'waggle.log')
  expect(() => opened({ output_paths: [path] })).toThrow(
    expect.objectContaining({
      message: `open log output ${path} (service.telemetry.logs.output_paths)`,
      cause: expect.objectContaining({ code: 'ENOENT' }) as Error,
    }),
  )
})

it('says once elsewhere that a file cannot be written, and goes on', () => {
  const path = join(tempDir('log'), 'full')
  symlinkSync('/dev/full', path)
  const { log, stdout, stderr } = opened({ output_paths: [path, 'stdout'] })
  log.info('One.')
  log.info('Two.')
  expect(stdout).toHaveLength(2)
  expect(stderr).toEqual([
    expect.stringMatching(
      /^[\d-]+T[\d:.]+Z waggle: the log cannot be written to .*full: ENOSPC: no space left/,
    ),
  ])
})

it('leaves out what repeats, says so at the end, and keeps the latest warnings', () => {
  const { log, close, stderr, recent } = opened({ sampling: { initial: 1, thereafter: 0 } })
  for (let n = 0; n < 3; n++) log.warn('Queue full.')
  close()
  expect(stderr.map((line) => line.slice(13))).toEqual([
    'warn  Queue full.\n',
    'warn  Left out lines that repeat. sentence="Queue full." times=2\n',
  ])
  expect(recent.entries).toHaveLength(3)
})

it('leaves out nothing where sampling is off', () => {
  const { log, stderr } = opened({ sampling: { enabled: false, initial: 1 } })
  for (let n = 0; n < 3; n++) log.warn('Queue full.')
  expect(stderr).toHaveLength(3)
})
