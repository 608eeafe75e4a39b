import { expect, it } from 'vitest'
import { createLogger, type LogOptions, type Logger } from './logger.ts'
import type { RepeatLimits } from './log_repeats.ts'
import { LogSink } from './log_sink.ts'
import { RecentLog } from './recent_log.ts'

/** A log over a sink whose ticks the test ends. */
class Trial {
  readonly lines: string[] = []
  readonly recent = new RecentLog(3)
  readonly sink: LogSink
  readonly log: Logger
  #tick: (() => void) | undefined

  constructor(repeats?: RepeatLimits, encoding: 'console' | 'json' = 'console') {
    this.sink = new LogSink({
      encoding,
      out: { write: (text) => this.lines.push(text) },
      recent: this.recent,
      repeats,
      after: (_, callback) => {
        this.#tick = callback
        return () => (this.#tick = undefined)
      },
    })
    this.log = createLogger({ level: 'debug', sink: this.sink })
  }

  /** The time of the lines that were counted is over. */
  tick(): void {
    this.#tick?.()
  }

  /** Whether a time runs. */
  get isCounting(): boolean {
    return this.#tick !== undefined
  }

  /** What was written, without the time, and forgets it. */
  written(): string[] {
    return this.lines.splice(0).map((line) => line.slice(13).trimEnd())
  }
}

const few = { tick: 10_000, initial: 2, thereafter: 3 }

it('leaves out what repeats: the first are written, then one of so many, then their number', () => {
  const trial = new Trial(few)
  for (let n = 1; n <= 9; n++) trial.log.warn({ n }, 'Queue full.')
  expect(trial.written()).toEqual([
    'warn  Queue full. n=1',
    'warn  Queue full. n=2',
    'warn  Queue full. n=5',
    'warn  Queue full. n=8',
  ])
  trial.tick()
  expect(trial.written()).toEqual([
    'warn  Left out lines that repeat. sentence="Queue full." times=5',
  ])
  trial.log.warn({ n: 10 }, 'Queue full.')
  expect(trial.written()).toEqual(['warn  Queue full. n=10'])
  trial.tick()
  expect(trial.written()).toEqual([])
  expect(trial.isCounting).toBe(false)
})

it('counts each sentence of each component and level for itself', () => {
  const trial = new Trial({ ...few, thereafter: 0 })
  const [a, b] = ['a', 'b'].map((component) => trial.log.child({ component })) as [Logger, Logger]
  for (let n = 0; n < 4; n++) {
    a.warn('One.')
    a.error('One.')
    b.warn('One.')
    a.warn('Other.')
  }
  expect(trial.written()).toHaveLength(8)
  trial.sink.flush()
  expect(trial.written()).toEqual([
    'warn  [a] Left out lines that repeat. sentence=One. times=2',
    'error [a] Left out lines that repeat. sentence=One. times=2',
    'warn  [b] Left out lines that repeat. sentence=One. times=2',
    'warn  [a] Left out lines that repeat. sentence=Other. times=2',
  ])
})

it('says what was left out as JSON too', () => {
  const trial = new Trial({ ...few, initial: 0, thereafter: 0 }, 'json')
  trial.log.child({ component: 'exporter/x' }).warn('Again.')
  trial.sink.flush()
  expect(trial.lines.map((line) => JSON.parse(line) as object)).toEqual([
    {
      level: 40,
      time: expect.stringMatching(/Z$/) as string,
      component: 'exporter/x',
      sentence: 'Again.',
      times: 1,
      msg: 'Left out lines that repeat.',
    },
  ])
})

it('counts no more sentences than it has room for, and writes those', () => {
  const trial = new Trial({ ...few, initial: 1, thereafter: 0 })
  for (let n = 0; n < 1_100; n++) trial.log.info(`Sentence ${n}.`)
  trial.log.info('Sentence 1050.')
  expect(trial.written()).toHaveLength(1_101)
})

it('writes everything where nothing is to be left out', () => {
  const trial = new Trial()
  for (let n = 0; n < 50; n++) trial.log.info('Same.')
  expect(trial.written()).toHaveLength(50)
  expect(trial.isCounting).toBe(false)
})

it('keeps the latest warnings and errors, those that were left out too', () => {
  const trial = new Trial({ ...few, initial: 0, thereafter: 0 })
  trial.log.info('Not kept.')
  for (const n of [1, 2, 3, 4]) trial.log.child({ component: 'c' }).warn({ n }, 'Kept.')
  expect(trial.recent.entries).toEqual(
    [2, 3, 4].map((n) => ({
      time: expect.stringMatching(/Z$/) as string,
      level: 40,
      component: 'c',
      message: 'Kept.',
      fields: { n },
    })),
  )
  expect(trial.written()).toEqual([])
})

it('keeps no more of a line than is worth it', () => {
  const trial = new Trial()
  trial.log.error({ body: 'x'.repeat(10_000) }, 'y'.repeat(10_000))
  const [entry] = trial.recent.entries
  expect(entry?.fields).toEqual({ omitted: 'fields of 10011 characters' })
  expect(entry?.message).toHaveLength(8_192)
})

it('writes a line that it cannot read', () => {
  const trial = new Trial(few)
  trial.sink.write('no JSON\n')
  expect(trial.lines).toEqual(['no JSON\n'])
})

/** What a logger with these options writes of an error. */
function lineOf(options: LogOptions): Record<string, unknown> {
  let line = ''
  const log = createLogger({ ...options, out: { write: (text) => (line = text) } })
  log.error({ err: new Error('no route') }, 'Lost.')
  return JSON.parse(line) as Record<string, unknown>
}

it('gives every line the fields that are configured', () => {
  expect(lineOf({ initialFields: { site: 'a', n: 1 } })).toMatchObject({ site: 'a', n: 1 })
})

it('says where an error was made, unless that is not wanted', () => {
  expect(lineOf({})['err']).toMatchObject({
    message: 'no route',
    stack: expect.any(String) as string,
  })
  expect(lineOf({ stacktraces: false })['err']).toEqual({ type: 'Error', message: 'no route' })
})
