import { describe, expect, it } from 'vitest'
import { components } from '../../src/components.ts'
import { folderOf } from './components.ts'
import { textOf } from './files.ts'

const page = textOf('docs/from-the-collector.md')
const [rows = '', notThere = ''] = page.split('\n## Not there\n')

/** The lines that lead to a component's folder, and what they say of it. */
const told = [
  ...rows.matchAll(/^\| (.*) \| \[`(\w+)`\]\(\.\.\/(\w+\/\w+)\/README\.md\) \| .*\|$/gm),
].map(([, theirs = '', type = '', folder = '']) => ({
  theirs: [...theirs.matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
  type,
  folder,
}))

/** The names of the Collector's that are said to be missing, by role. */
const missing = [...notThere.matchAll(/^- (\w+)s: (.*)\.$/gm)].flatMap(
  ([, role = '', names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(
      ([, name]) => [role.toLowerCase(), name as string] as const,
    ),
)

describe('docs/from-the-collector.md', () => {
  it('has every component once, and none that is not there', () => {
    const known = components.map(folderOf).toSorted()
    expect(told.map(({ folder }) => folder).toSorted()).toEqual(known)
  })

  it.each(components.map((factory) => [folderOf(factory), factory] as const))(
    'names %s as it is written, with all its older names',
    (folder, { type, aliases = [] }) => {
      const row = told.find((one) => one.folder === folder)
      expect(row?.type).toBe(type)
      expect(row?.theirs).toEqual(expect.arrayContaining([...aliases]))
    },
  )

  it('says of nothing that it is missing which is there', () => {
    expect(missing.length).toBeGreaterThan(20)
    const taken = new Set(
      components.flatMap(({ role, type, aliases = [] }) =>
        [type, ...aliases].map((name) => `${role} ${name}`),
      ),
    )
    expect(missing.map((one) => one.join(' ')).filter((name) => taken.has(name))).toEqual([])
  })
})
