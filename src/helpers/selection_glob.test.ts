import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Glob, glob } from './selection_glob.ts'

describe('a pattern', () => {
  it.each([
    ['nginx', ['nginx'], ['nginx2', 'xnginx', 'NGINX', '']],
    ['nginx*', ['nginx', 'nginx-debug'], ['nginx/x']],
    ['/usr/**/nginx', ['/usr/sbin/nginx', '/usr/a/b/nginx'], ['/usr/nginx', '/opt/nginx']],
    ['/opt/*/bin', ['/opt/a/bin'], ['/opt/a/b/bin', '/opt/bin']],
    ['python3.?', ['python3.1'], ['python3.11', 'python3x1', 'python3./']],
    ['a+(b)[c]{d}^$|\\', ['a+(b)[c]{d}^$|\\'], ['aa(b)[c]{d}^$|\\']],
    ['**', ['', 'a/b', 'a\nb'], []],
  ])('%j matches what it says', (pattern, good, bad) => {
    const one = new Glob(pattern)
    expect(good.filter((text) => !one.matches(text))).toEqual([])
    expect(bad.filter((text) => one.matches(text))).toEqual([])
  })

  it.each([
    ['/kubepods.slice', ['/kubepods.slice', '/kubepods.slice/a/b'], ['/kubepods.slice2', '/x']],
    ['/*.slice', ['/a.slice', '/a.slice/b.service'], ['/a/b.slice']],
  ])('%j holds what lies below', (pattern, good, bad) => {
    const one = new Glob(pattern)
    expect(good.filter((path) => !one.holds(path))).toEqual([])
    expect(bad.filter((path) => one.holds(path))).toEqual([])
  })

  it('is written as it was, and is not empty', () => {
    expect(z.encode(glob(), glob().parse('a*'))).toBe('a*')
    expect(glob().safeParse('').success).toBe(false)
  })
})
