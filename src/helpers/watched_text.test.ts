import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { FakeClock, settingsOf } from './fixtures.ts'
import { WatchedText } from './watched_text.ts'

cleansUp()

function watched() {
  const file = join(tempDir('watched'), 'token')
  const { settings, logged } = settingsOf('bearer_token_auth')
  const clock = new FakeClock()
  const text = new WatchedText({ option: 'filename', file }, settings.log, clock)
  return { file, logged, clock, text }
}

it('is the text where there is no file', async () => {
  const { settings } = settingsOf('x')
  const text = new WatchedText({ option: 'x', text: 'sesame' }, settings.log)
  await text.start()
  expect(await text.get()).toBe('sesame')
})

it('is what is in the file, read again a second later at the earliest', async () => {
  const { file, clock, text, logged } = watched()
  writeFileSync(file, ' sesame\n')
  await text.start()
  expect(await text.get()).toBe('sesame')
  writeFileSync(file, 'abracadabra')
  await clock.advance(999)
  expect(await text.get()).toBe('sesame')
  await clock.advance(1)
  expect(await Promise.all([text.get(), text.get()])).toEqual(['abracadabra', 'abracadabra'])
  expect(logged).toEqual([`info  File was read again. option=filename file=${file}`])
})

it('stays what it was while the file cannot be read, and says so once', async () => {
  const { file, clock, text, logged } = watched()
  writeFileSync(file, 'sesame')
  await text.start()
  rmSync(file)
  for (let i = 0; i < 3; i++) {
    await clock.advance(1_000)
    expect(await text.get()).toBe('sesame')
  }
  expect(logged).toEqual([
    `warn  File cannot be read again, going on with what was in it. error="read filename ${file}: ENOENT: no such file or directory, open '${file}'"`,
  ])
})

it('does not start without its file, nor is there a text before', async () => {
  const { file, text } = watched()
  await expect(text.start()).rejects.toThrow(`read filename ${file}`)
  await expect(text.get()).rejects.toThrow(`read filename ${file}`)
  writeFileSync(file, 'sesame')
  expect(await text.get()).toBe('sesame')
})
