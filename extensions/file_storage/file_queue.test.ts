import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StorageFull } from '../../src/component/storage.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { folderOf, putAll, recoveredTexts } from './queue_fixtures.ts'

cleansUp()

/** Takes a lock and holds it until it is killed. */
const HOLDER = `
const { DatabaseSync } = require('node:sqlite')
const database = new DatabaseSync(process.argv[1])
database.exec('BEGIN EXCLUSIVE')
console.log('locked')
setInterval(() => database, 1e6)
`

const given = () => folderOf(tempDir('file_queue'))
const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.log'))

describe('a queue in files', () => {
  it('has after a restart what was put and not removed, in the order of the puts', async () => {
    const { open } = given()
    const queue = await open()
    const entries = await putAll(queue, ['a', 'b', 'c', 'd'])
    await queue.dispatch(entries.slice(0, 2))
    await queue.remove(entries.slice(1, 2))
    await queue.close()
    const again = await open()
    await putAll(again, ['e'])
    expect(await recoveredTexts(again)).toEqual(['a!', 'c', 'd'])
    expect(again.recovered[0]).toMatchObject({ items: 1, bytes: 1 })
    await again.close()
    const third = await open()
    expect(await recoveredTexts(third)).toEqual(['a!', 'c', 'd', 'e'])
    await third.close()
  })

  it('reads back what it has put', async () => {
    const queue = await given().open()
    const bodies = [1, 70_000, 0, 3_000_000].map((size, i) => Buffer.alloc(size, i + 1))
    const entries = await queue.put(bodies.map((body) => ({ body, items: 1 })))
    const read = await Promise.all(entries.map((entry) => queue.read(entry)))
    expect(read.map((body, i) => body.equals(bodies[i] as Buffer))).toEqual([
      true,
      true,
      true,
      true,
    ])
    await queue.close()
  })

  it('gives the room of what was removed back, and all of it in the end', async () => {
    const { folder, open } = given()
    const queue = await open({ segmentBytes: 100 })
    const entries = []
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) {
      entries.push(...(await putAll(queue, [text.repeat(60)])))
    }
    expect(files(folder).length).toBe(3)
    await queue.remove(entries.slice(2, 4))
    expect(files(folder).length).toBe(2)
    expect(queue.facts).toEqual({ bytes: 4 * 84, damaged: 0 })
    await queue.remove([...entries.slice(0, 2), ...entries.slice(4)])
    await queue.close()
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  it('empties its last file when nothing in it is needed any more', async () => {
    const { folder, open } = given()
    const queue = await open({ segmentBytes: 1_000 })
    const [entry] = await putAll(queue, ['x'.repeat(2_000)])
    await queue.remove([entry!])
    await queue.close()
    expect(files(folder)).toEqual([])
  })

  it('makes its files readable for its own user only', async () => {
    const { folder, open } = given()
    const queue = await open()
    await putAll(queue, ['a'])
    const modes = [folder, join(folder, files(folder)[0]!)].map((path) => statSync(path).mode)
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['750', '600'])
    await queue.close()
  })

  it('is opened by one at a time, and at once by the next', async () => {
    const { folder, open } = given()
    const queue = await open()
    await expect(open()).rejects.toThrow(
      `${join(folder, 'lock')} is locked by process ${process.pid}: each agent needs a directory of its own`,
    )
    await queue.close()
    await (await open()).close()
  })

  it('is not opened while another process uses it, for as long as it was told to wait', async () => {
    const { folder, open } = given()
    await (await open()).close()
    const holder = spawn(process.execPath, ['-e', HOLDER, join(folder, 'lock')])
    await once(holder.stdout, 'data')
    await expect(open()).rejects.toThrow(`is locked by process ${holder.pid}: each agent`)
    const waiting = open({ lockTimeoutMs: 10_000 })
    holder.kill('SIGKILL')
    await (await waiting).close()
  })

  it('locks with a file that somebody has written into', async () => {
    const { folder, open } = given()
    await (await open()).close()
    writeFileSync(join(folder, 'lock'), 'x'.repeat(5_000))
    const queue = await open()
    await expect(open()).rejects.toThrow('is locked by process')
    await queue.close()
  })

  it('takes nothing after it was closed, which may be repeated', async () => {
    const queue = await given().open()
    await queue.close()
    await queue.close()
    await expect(putAll(queue, ['a'])).rejects.toThrow('storage is closed')
  })

  it('puts aside what is in the place of its folder', async () => {
    const { folder, open } = given()
    writeFileSync(folder, 'a file of another program')
    const queue = await open()
    await putAll(queue, ['a'])
    await queue.close()
    expect([existsSync(`${folder}.corrupt`), files(folder).length]).toEqual([true, 1])
  })
})

describe('a queue on a disk that is full', () => {
  /** Files that hold no more than `room.bytes`, as a full disk: a write takes what fits. */
  function narrow(room: { bytes: number }) {
    return async (path: string, flags: string, mode: number) => {
      const file = await openFile(path, flags, mode)
      const writev = file.writev.bind(file)
      file.writev = async (buffers, position) => {
        const all = Buffer.concat(buffers as unknown as readonly Buffer[])
        if (position! + all.length <= room.bytes) return writev(buffers, position)
        await file.write(all, 0, Math.max(0, room.bytes - position!), position)
        throw Object.assign(new Error('ENOSPC: no space left on device, writev'), {
          code: 'ENOSPC',
        })
      }
      return file
    }
  }

  it('refuses what does not fit, keeps the rest, and takes more when there is room', async () => {
    const { folder, open } = given()
    const room = { bytes: 200 }
    const queue = await open({ openFile: narrow(room) })
    await putAll(queue, ['a'.repeat(100)])
    const full = putAll(queue, ['b'.repeat(100)])
    await expect(full).rejects.toThrow(StorageFull)
    await expect(full).rejects.toThrow('ENOSPC: no space left on device, writev')
    expect(statSync(join(folder, files(folder)[0]!)).size).toBe(124)
    await putAll(queue, ['c'])
    room.bytes = 10_000
    await putAll(queue, ['d'])
    await queue.close()
    const again = await open()
    expect(await recoveredTexts(again)).toEqual(['a'.repeat(100), 'c', 'd'])
    expect(again.facts.damaged).toBe(0)
    await again.close()
  })
})
