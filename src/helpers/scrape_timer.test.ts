import { expect, it } from 'vitest'
import { FakeClock } from './fixtures.ts'
import { ScrapeTimer } from './scrape_timer.ts'

/** A timer that notes when it scrapes; each scrape lasts as long as `lasting` says. */
function timerOf(clock: FakeClock, lasting: (n: number) => number = () => 0) {
  const times: number[] = []
  const scrape = async (): Promise<void> => {
    times.push(clock.now())
    const ms = lasting(times.length)
    if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve))
  }
  return { times, timer: new ScrapeTimer({ interval: 100, initialDelay: 10, scrape, clock }) }
}

it('keeps the beat whatever a scrape takes', async () => {
  const clock = new FakeClock()
  const { times, timer } = timerOf(clock, () => 30)
  timer.start()
  await clock.advance(420)
  expect(times).toEqual([10, 110, 210, 310, 410])
  expect(timer.skipped).toBe(0)
})

it('leaves out and counts what would overlap', async () => {
  const clock = new FakeClock()
  const { times, timer } = timerOf(clock, (n) => (n === 2 ? 250 : 0))
  timer.start()
  await clock.advance(520)
  expect(times).toEqual([10, 110, 410, 510])
  expect(timer.skipped).toBe(2)
})

it('takes up the beat again where the process was held up', async () => {
  const clock = new FakeClock()
  const times: number[] = []
  let lateMs = 0
  const late = { now: () => clock.now() + lateMs, after: clock.after.bind(clock) }
  const scrape = async (): Promise<void> => void times.push(late.now())
  const timer = new ScrapeTimer({ interval: 100, initialDelay: 0, scrape, clock: late })
  timer.start()
  await clock.advance(50)
  lateMs = 270
  await clock.advance(300)
  expect(times).toEqual([0, 370, 400, 500, 600])
  expect(timer.skipped).toBe(2)
})

it('stops when the scrape that is under way has ended', async () => {
  const clock = new FakeClock()
  const { times, timer } = timerOf(clock, () => 50)
  timer.start()
  await clock.advance(20)
  const done: string[] = []
  const stopping = timer.stop().then(() => done.push('stopped'))
  await clock.advance(30)
  expect(done).toEqual([])
  await clock.advance(20)
  await stopping
  await clock.advance(1000)
  expect(times).toEqual([10])
  timer.start()
  expect(clock.next).toBeUndefined()
})
