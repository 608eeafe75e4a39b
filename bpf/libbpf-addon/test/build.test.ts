import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { addonFolder } from './support.js'

let elsewhere: string

beforeEach(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'libbpf-addon-'))
})
afterEach(() => rmSync(elsewhere, { recursive: true }))

describe('the Makefile', () => {
  it('has nothing to do the second time', () => {
    expect(spawnSync('make', ['-q', 'all', 'test-objects'], { cwd: addonFolder }).status).toBe(0)
  })

  it('builds again what includes a changed header', () => {
    const plan = execFileSync('make', ['-n', '-W', 'src/btf_layout.h'], {
      cwd: addonFolder,
      encoding: 'utf8',
    })
    const compiled = [...plan.matchAll(/-o build\/(\w+)\.o/g)].map((match) => match[1])
    expect(new Set(compiled)).toEqual(new Set(['btf_layout', 'kernel', 'object']))
  })

  it.each([
    [['CXX=no-such-c++'], 'no-such-c++ is missing: apt-get install g++'],
    [['NODE=no-such-node'], 'no-such-node is missing: put Node.js 22.18 or newer on PATH'],
    [['test-objects', 'CLANG=no-such-clang'], 'no-such-clang is missing: apt-get install clang'],
    [['api_headers=/nowhere'], 'package node-api-headers is missing: npm install'],
  ])('names what is missing with %j', (change, message) => {
    const { status, stderr } = spawnSync('make', [`BUILD=${elsewhere}/build`, ...change], {
      cwd: addonFolder,
      encoding: 'utf8',
    })
    expect(status).not.toBe(0)
    expect(stderr).toContain(`libbpf-addon: ${message}`)
  })
})

describe('the package', () => {
  it('packs what it takes to run and to build it, and no tests', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], {
        cwd: addonFolder,
        encoding: 'utf8',
      }),
    )
    const files: string[] = packed.files.map((file: { path: string }) => file.path)
    expect(files).toContain('build/libbpf.node')
    expect(files).toContain('lib/index.js')
    expect(files).toContain('lib/index.d.ts')
    expect(files).toContain('src/object.cpp')
    expect(files).toContain('Makefile')
    expect(files).toContain('README.md')
    expect(files.filter((file) => file.startsWith('test/'))).toEqual([])
  })
})
