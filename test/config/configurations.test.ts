import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { namesIn, validate } from './validate.ts'

const bad = 'test/config/bad'
const good = 'test/config/good'

// The variables that the configurations ask for; NOT_SET is none of them.
beforeAll(() => {
  vi.stubEnv('PORT', '4317')
  vi.stubEnv('TOKEN', 'a long secret')
  vi.stubEnv('LOOP', '${env:LOOP}')
})
afterAll(() => vi.unstubAllEnvs())

// After a change of wording: UPDATE_EXPECTED=1 npx vitest run test/config, then read the difference.
const isUpdating = process.env['UPDATE_EXPECTED'] !== undefined

describe('a bad configuration', () => {
  it.each(namesIn(bad))('%s is refused in exactly the words beside it', async (name) => {
    const { code, stdout, stderr } = await validate(bad, `${name}.yaml`)
    const expected = join(bad, `${name}.txt`)
    if (isUpdating) writeFileSync(expected, stderr)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(readFileSync(expected, 'utf8'))
  })

  it('is there for every expected text', () => {
    const texts = readdirSync(bad).filter((file) => file.endsWith('.txt'))
    const names = texts.map((file) => file.replace(/\.txt$/, ''))
    expect(names.toSorted()).toEqual(namesIn(bad))
  })

  it('pollutes no prototype', () => {
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('a good configuration', () => {
  it.each(namesIn(good))(
    '%s is accepted, with no word but the warnings beside it',
    async (name) => {
      const expected = join(good, `${name}.txt`)
      const { code, stdout, stderr } = await validate(good, `${name}.yaml`)
      if (isUpdating && stderr !== '') writeFileSync(expected, stderr)
      const warnings = existsSync(expected) ? readFileSync(expected, 'utf8') : ''
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: warnings })
    },
  )
})
