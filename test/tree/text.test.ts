import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../scripts/help.mjs'
import { filesOf, root, textOf } from './files.ts'

interface LockEntry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const texts = filesOf('**/*.{ts,mjs,js,sh,md,c,h,cpp,yaml,json}').concat(
  filesOf('{bin,.ci}/*'),
  filesOf('**/Makefile'),
)

describe('the texts of the tree', () => {
  it('name no path of a machine on which they were written', () => {
    const paths = new RegExp(['/work', '/(main|shared)|/tmp/', 'brief|/home/', '[a-z]+/'].join(''))
    expect(texts.filter((file) => paths.test(textOf(file)))).toEqual([])
  })

  it('link to files that exist', () => {
    const pages = texts.filter((file) => file.endsWith('.md'))
    expect(pages.flatMap(deadLinks)).toEqual([])
  })
})

describe('the commands', () => {
  it('have a line of help each', () => {
    const { scripts } = json('package.json') as { scripts: Record<string, string> }
    expect(Object.keys(commands).toSorted()).toEqual(Object.keys(scripts).toSorted())
  })
})

describe('the lock file', () => {
  it('has the packages of every platform, so that "npm ci" takes it everywhere', () => {
    const { packages } = json('package-lock.json') as { packages: Record<string, LockEntry> }
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    )
    expect(missing).toEqual([])
  })
})

function deadLinks(page: string): string[] {
  const text = textOf(page).replaceAll(/^```[^]*?^```/gm, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const local = links.filter((link) => !/^[a-z]+:|^#/.test(link))
  const dead = local.filter((link) => {
    const path = posix.join(dirname(page), link.replace(/#.*$/, ''))
    return !existsSync(join(root, path))
  })
  return dead.map((link) => `${page}: ${link}`)
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}
