import { expect, it } from 'vitest'
import { PathSegments } from './path_segments.ts'
import { RoutePatterns } from './route_patterns.ts'

const segments = new PathSegments()

function matching(patterns: readonly string[]): (path: string) => string | undefined {
  const compiled = new RoutePatterns(patterns)
  return (path) => {
    const bytes = Buffer.from(path)
    segments.read(bytes, 0, bytes.length)
    return compiled.find(segments)?.text
  }
}

it('matches one segment of any value in the place of a tag, in either spelling', () => {
  const match = matching(['/user/{id}', '/user/{id}/basket/:product', '/health'])
  expect(match('/user/ann')).toBe('/user/{id}')
  expect(match('/user/123/')).toBe('/user/{id}')
  expect(match('/user/123/basket/7')).toBe('/user/{id}/basket/:product')
  expect(match('/health')).toBe('/health')
  expect(['/user', '/user/1/basket', '/healthy', '/'].map(match)).toEqual(Array(4).fill(undefined))
})

it('matches a prefix, and what follows it', () => {
  const match = matching(['/user/*'])
  expect(['/user', '/user/1', '/user/1/basket/1', '/users'].map(match)).toEqual([
    '/user/*',
    '/user/*',
    '/user/*',
    undefined,
  ])
})

it('takes any path with a prefix of nothing', () => {
  expect(matching(['/*'])('/a/b')).toBe('/*')
  expect(matching(['/*'])('/')).toBe('/*')
})

it('prefers words to tags and tags to prefixes, and goes back where a way ends', () => {
  const match = matching(['/a/*', '/a/{x}/c', '/a/b/d', '/a/:y'])
  expect(match('/a/b/d')).toBe('/a/b/d')
  expect(match('/a/b/c')).toBe('/a/{x}/c')
  expect(match('/a/b/e')).toBe('/a/*')
  expect(match('/a/b')).toBe('/a/:y')
  expect(match('/a')).toBe('/a/*')
})

it('counts the first of two patterns for the same paths', () => {
  expect(matching(['/u/{id}', '/u/:name'])('/u/1')).toBe('/u/{id}')
})

it('matches words beyond ASCII', () => {
  expect(matching(['/köln/{id}'])('/köln/1')).toBe('/köln/{id}')
})
