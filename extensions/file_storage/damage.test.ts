import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { folderOf, putAll, recoveredTexts } from './queue_fixtures.ts'

cleansUp()

const TEXTS = ['first', 'second', 'third', 'fourth']
/** Header and body of each: where the next one begins. */
const ENDS = [29, 59, 88, 118]

/** A folder whose queue was closed with `TEXTS` in it, and its file. */
async function written(texts = TEXTS) {
  const given = folderOf(tempDir('damage'))
  const queue = await given.open()
  await putAll(queue, texts)
  await queue.close()
  const path = join(given.folder, '0000000001.log')
  const change = (edit: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(path)
    edit(bytes)
    writeFileSync(path, bytes)
  }
  return { ...given, path, change }
}

describe('a queue whose files are damaged', () => {
  it('passes over what was not written to its end, in silence', async () => {
    for (const [cut, left] of [
      [ENDS[3]! - 1, 3],
      [ENDS[2]! + 3, 3],
      [ENDS[1]!, 2],
      [0, 0],
    ] as const) {
      const { open, path, logged } = await written()
      truncateSync(path, cut)
      const queue = await open()
      expect(await recoveredTexts(queue)).toEqual(TEXTS.slice(0, left))
      expect([queue.facts.damaged, logged]).toEqual([0, []])
      await queue.close()
    }
  })

  it('passes over room that was never written to', async () => {
    const { open, path } = await written()
    truncateSync(path, ENDS[3]! + 100_000)
    const queue = await open()
    expect(await recoveredTexts(queue)).toEqual(TEXTS)
    expect(queue.facts.damaged).toBe(0)
    await queue.close()
  })

  it('passes over a batch of which not all requests were written', async () => {
    const { open, folder } = folderOf(tempDir('damage'))
    const queue = await open()
    const bodies = ['ab', 'cd', 'ef'].map((text) => ({ body: Buffer.from(text), items: 1 }))
    await queue.put(bodies.slice(0, 1))
    await queue.put(bodies)
    await queue.close()
    truncateSync(join(folder, '0000000001.log'), 26 * 3 + 5)
    const again = await open()
    expect(await recoveredTexts(again)).toEqual(['ab'])
    await again.close()
  })

  it('sends what is readable before and behind a damaged header, and keeps the file aside', async () => {
    const { open, path, change, logged } = await written()
    change((bytes) => (bytes[ENDS[0]! + 9]! ^= 1))
    const queue = await open()
    expect(await recoveredTexts(queue)).toEqual(['first', 'third', 'fourth'])
    expect(queue.facts.damaged).toBe(1)
    const kept = `${path}.corrupt`
    expect(logged).toEqual([
      `error Storage file is damaged, part of it is lost. file=${path} kept=${kept} damaged=1 readable_requests=3`,
    ])
    await queue.remove(queue.recovered)
    await queue.close()
    expect([existsSync(path), existsSync(kept)]).toEqual([false, true])
  })

  it('tells a damaged body when it is read', async () => {
    const { open, path, change } = await written()
    change((bytes) => (bytes[ENDS[0]! + 24]! ^= 1))
    const queue = await open()
    expect(await recoveredTexts(queue)).toEqual(['first', '?', 'third', 'fourth'])
    await expect(queue.read(queue.recovered[1]!)).rejects.toThrow(
      `${path} is damaged at byte ${ENDS[0]}`,
    )
    await queue.close()
  })

  it('starts with files that hold nothing it knows', async () => {
    const { open, path, folder, logged } = await written()
    writeFileSync(path, 'this is no queue, but it is longer than a header is')
    const queue = await open()
    expect([queue.recovered, queue.facts.damaged, logged.length]).toEqual([[], 1, 1])
    await putAll(queue, ['new'])
    await queue.close()
    expect(readdirSync(folder).toSorted()).toEqual([
      '0000000001.log.corrupt',
      '0000000002.log',
      'lock',
    ])
  })

  it('starts with a file that cannot be read at all', async () => {
    const { open, path, logged } = await written()
    mkdirSync(path.replace('01.log', '02.log'))
    const queue = await open()
    expect(await recoveredTexts(queue)).toEqual(TEXTS)
    expect([queue.facts.damaged, logged[0]?.slice(0, 34)]).toEqual([
      1,
      'error Storage file cannot be read.',
    ])
    await queue.close()
  })

  it('keeps the latest four damaged files only', async () => {
    const { open, path, folder } = await written()
    for (let i = 1; i <= 7; i++) writeFileSync(path.replace('01.log', `0${i}.log`), 'x'.repeat(50))
    await (await open()).close()
    const kept = readdirSync(folder).filter((name) => name.endsWith('.corrupt'))
    expect(kept).toEqual([4, 5, 6, 7].map((i) => `000000000${i}.log.corrupt`))
  })

  it('starts however its bytes are changed, and recovers only what was put', async () => {
    const random = randomOf(7)
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i} `.repeat(1 + (i % 7)))
    const { open, path } = await written(texts)
    const intact = readFileSync(path)
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(intact.subarray(0, 1 + Math.floor(random() * intact.length)))
      for (let i = 0; i < 1 + random() * 5; i++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      }
      writeFileSync(path, bytes)
      const queue = await open()
      const found = (await recoveredTexts(queue)).map((text) => text.replace(/!$/, ''))
      expect(found.filter((text) => text !== '?' && !texts.includes(text))).toEqual([])
      expect(found.filter((text) => text !== '?')).toEqual(
        texts.filter((text) => found.includes(text)),
      )
      await queue.close()
      writeFileSync(path, intact)
    }
  })
})

/** Park and Miller's generator: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 7919
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff
}
