import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { components } from '../../src/components.ts'
import { describeSchema } from '../../src/config/describe.ts'
import type { Factory } from '../../src/component/component.ts'
import { componentRooms } from './arrows.ts'
import { folderOf, optionsIn, testdata } from './components.ts'
import { filesOf, root, textOf } from './files.ts'

describe('the list of components', () => {
  it('is sorted by folder and names each once', () => {
    const folders = components.map(folderOf)
    expect(folders).toEqual([...new Set(folders)].toSorted())
  })

  it('has every component folder there is', () => {
    const folders = componentRooms.flatMap((room) => filesOf(`${room}/*/index.ts`))
    const known = new Set(components.map((factory) => `${folderOf(factory)}/index.ts`))
    expect(folders.filter((folder) => !known.has(folder))).toEqual([])
  })
})

describe.each(components.map((factory) => [folderOf(factory), factory] as const))(
  '%s',
  (folder, factory) => {
    it('is called as its folder, in lower_snake_case', () => {
      expect(factory.type).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
      expect(existsSync(join(root, folder, 'index.ts'))).toBe(true)
    })

    it('says in a sentence what it is', () => {
      expect(factory.summary).toMatch(/^[A-Z][^\n]*\.$/)
    })

    it('has a README with a place for the table of options', () => {
      expect(filesOf(`${folder}/README.md`).map(textOf).join('')).toMatch(
        /<!-- options -->\n[^]*<!-- \/options -->/,
      )
    })

    it('describes every option', () => {
      const silent = describeSchema(factory.config).filter((row) => row.description === '')
      expect(silent.map((row) => row.name)).toEqual([])
    })

    it('works with its defaults, or with the least that it needs', () => {
      expect(optionsIn(factory, 'only_defaults.yaml').problems).toEqual([])
    })

    it('takes all its options, or all but those that exclude each other', () => {
      const files = testdata(factory, 'all_options')
      const read = files.map((file) => optionsIn(factory, file))
      const options = describeSchema(factory.config).map((row) => row.name.split(/[.[]/)[0])
      expect(read.flatMap(({ problems }) => problems)).toEqual([])
      expect(new Set(read.flatMap(({ keys }) => keys))).toEqual(new Set(options))
    })

    it('refuses each bad configuration of its testdata', () => {
      const bad = testdata(factory, 'bad_')
      const accepted = bad.filter((file) => optionsIn(factory, file).problems.length === 0)
      expect(accepted).toEqual([])
    })

    it('shuts down before it was started, and twice', async () => {
      const { config, problems } = optionsIn(factory, 'only_defaults.yaml')
      expect(problems).toEqual([])
      const component = factory.create(testSettings(factory), config)
      expect(await component.shutdown?.()).toBeUndefined()
      expect(await component.shutdown?.()).toBeUndefined()
    })

    it.skipIf(needsMachine(factory))('has its life tested in its own folder', () => {
      const tests = filesOf(`${folder}/*.test.ts`).map(textOf)
      expect(tests.filter((text) => /^lifecycleTest\(/m.test(text))).toHaveLength(1)
    })
  },
)

/** What asks something of the machine has tests of its own for its start. */
function needsMachine(factory: Factory): boolean {
  const { config } = optionsIn(factory, 'only_defaults.yaml')
  return config !== undefined && (factory.preflight?.(config) ?? []).length > 0
}
