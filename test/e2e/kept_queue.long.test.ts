import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FileQueue } from '../../extensions/file_storage/file_queue.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { start } from '../kit/processes.ts'

cleansUp()

const KILLS = 20
const main = join(import.meta.dirname, 'kept_queue', 'agent.main.ts')

function lines(folder: string, file: string): string[] {
  return readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)
}

/** The numbers of the requests that were being sent when the last process ended. */
async function dispatchedIn(folder: string): Promise<string[]> {
  const { settings, logged } = settingsOf('test')
  const queue = await FileQueue.open({
    folder: join(folder, 'queue'),
    mode: 0o750,
    lockTimeoutMs: 0,
    fsync: false,
    log: settings.log,
  })
  const dispatched = queue.recovered.filter((entry) => entry.dispatched)
  const bodies = await Promise.all(dispatched.map((entry) => queue.read(entry)))
  await queue.close()
  expect([queue.facts.damaged, logged]).toEqual([0, []])
  return bodies.map((body) => body.toString('latin1').split(' ')[0]!)
}

it('delivers all that a queue has accepted, through twenty kills at any moment', async () => {
  const folder = tempDir('kept_queue')
  const dispatched = new Set<string>()
  for (let i = 0; i < KILLS; i++) {
    const args = [main, folder, String(i * 100_000), '100000']
    const agent = await start(process.execPath, args)
    await agent.waitForOutput(/Running\./)
    await sleep(Math.random() * 300)
    agent.signal('SIGKILL')
    await agent.exited
    for (const id of await dispatchedIn(folder)) dispatched.add(id)
  }
  const last = await start(process.execPath, [main, folder, '0', '0'])
  expect([(await last.exited).code, last.stderr]).toEqual([0, ''])

  const accepted = lines(folder, 'accepted')
  const delivered = lines(folder, 'delivered')
  const twice = delivered.filter((id, i) => delivered.indexOf(id) < i)
  const once = new Set(delivered)
  expect(accepted.length).toBeGreaterThan(500)
  expect(accepted.filter((id) => !once.has(id))).toEqual([])
  expect(twice.length).toBeGreaterThan(0)
  expect(twice.filter((id) => !dispatched.has(id))).toEqual([])
})
