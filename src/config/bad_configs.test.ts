import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { formatProblem } from './problems.ts'
import { registry } from './testdata/registry.ts'

const folder = new URL('testdata/bad/', import.meta.url)
const env = { PORT: '4317', BIG: '70000', TOKEN: 'a long secret', LOOP: '${env:LOOP}' }

function readFile(): never {
  throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
}

function expectedIn(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.startsWith('#! ') ? [line.slice(3)] : []))
}

describe('a bad configuration', () => {
  it.each(readdirSync(folder))('%s has exactly the problems at its end', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const name = file.replace('.txt', '.yaml')
    const { config, problems } = parseConfig([{ name, text }], registry, { env, readFile })
    expect(problems.map(formatProblem)).toEqual(expectedIn(text).map((line) => `${name}:${line}`))
    expect(config).toBeUndefined()
  })

  it('pollutes no prototype', () => {
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
