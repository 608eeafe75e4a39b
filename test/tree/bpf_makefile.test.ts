import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { root } from './files.ts'

cleansUp()

const hasClang = spawnSync('clang', ['--version']).status === 0
const program = [
  '#include <linux/bpf.h>',
  '#include <bpf/bpf_helpers.h>',
  '#include "answer.h"',
  'SEC("socket") int answer(void *context) { return ANSWER; }',
  'char LICENSE[] SEC("license") = "Dual MIT/GPL";',
  '',
].join('\n')
let dir = ''

beforeEach(() => {
  dir = join(tempDir('bpf'), 'bpf')
  mkdirSync(join(dir, 'include'), { recursive: true })
  cpSync(join(root, 'bpf', 'Makefile'), join(dir, 'Makefile'))
  writeFileSync(join(dir, 'include', 'answer.h'), '#define ANSWER 42\n')
  add('answer')
})

describe.skipIf(!hasClang)('bpf/Makefile', () => {
  it('builds each program that it finds, and then nothing', () => {
    add('question')
    expect(make()).toBe(0)
    expect([existsSync(objectOf('answer')), existsSync(objectOf('question'))]).toEqual([true, true])
    expect(make('-q')).toBe(0)
  })

  it('builds again what a changed header is in', () => {
    make()
    const before = statSync(objectOf('answer')).mtimeMs
    const later = Date.now() / 1000 + 10
    utimesSync(join(dir, 'include', 'answer.h'), later, later)
    expect(make('-q')).toBe(1)
    make()
    expect(statSync(objectOf('answer')).mtimeMs).toBeGreaterThan(before)
  })

  it('builds again everything when a header is gone that is no longer included', () => {
    make()
    writeFileSync(sourceOf('answer'), program.replace('#include "answer.h"', '#define ANSWER 1'))
    spawnSync('rm', [join(dir, 'include', 'answer.h')])
    expect(make()).toBe(0)
  })

  it('fails on a warning and leaves no object', () => {
    writeFileSync(sourceOf('answer'), program.replace('return ANSWER', 'int unused; return ANSWER'))
    expect(make()).not.toBe(0)
    expect(existsSync(objectOf('answer'))).toBe(false)
  })

  it('knows no program in a folder without a source of its name', () => {
    mkdirSync(join(dir, 'notes'))
    writeFileSync(join(dir, 'notes', 'other.bpf.c'), 'no C')
    expect(make()).toBe(0)
  })
})

function add(name: string): void {
  mkdirSync(join(dir, name))
  writeFileSync(sourceOf(name), program)
}

function sourceOf(name: string): string {
  return join(dir, name, `${name}.bpf.c`)
}

function objectOf(name: string): string {
  return join(dir, name, 'build', `${name}.bpf.o`)
}

function make(...args: string[]): number | null {
  return spawnSync('make', ['-s', ...args, '-C', dir], { stdio: 'ignore' }).status
}
