import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { fileConfig } from './config.ts'
import { RotatingFile } from './rotating_file.ts'

cleansUp()

describe('RotatingFile', () => {
  it.each([
    ['stands still', () => 0],
    ['runs backwards', (call: number) => -call * 60_000],
  ])('keeps the latest backups when the clock %s', async (_, drift) => {
    const dir = tempDir('rotating')
    const rotation = { max_megabytes: 1e-6, max_backups: 2 }
    const config = fileConfig.parse({ path: join(dir, 'x.json'), rotation })
    let calls = 0
    const now = () => Date.UTC(2026, 10, 21) + drift(calls++)
    const file = new RotatingFile(config, { now })
    await file.open()
    for (const text of ['a', 'b', 'c', 'd', 'e']) await file.write(Buffer.from(text.repeat(10)))
    await file.close()
    const found = readdirSync(dir).sort()
    const first = (name: string) => readFileSync(join(dir, name), 'utf8')[0]
    expect(found.map(first)).toEqual(['c', 'd', 'e'])
  })
})
