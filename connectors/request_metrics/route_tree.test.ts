import { describe, expect, it } from 'vitest'
import { PathSegments } from './path_segments.ts'
import { routeOf } from './route.ts'
import { type Room, RouteTree, type RouteTreeOptions } from './route_tree.ts'

const segments = new PathSegments()

function treeOf(
  options: Partial<RouteTreeOptions> = {},
  room: Room = { left: 1000 },
): (path: string, learn?: boolean) => string {
  const fixed = { placeholder: '*', placeholders: true, unknown: routeOf('/**') }
  const tree = new RouteTree({ maxChildren: 3, ...fixed, ...options }, room)
  return (path, learn = true) => {
    const bytes = Buffer.from(path)
    segments.read(bytes, 0, bytes.length)
    return tree.find(segments, learn).text
  }
}

const letters = 'abcdefghijklmnop'.split('')

describe('a tree of routes', () => {
  it('keeps words and replaces values at once', () => {
    const route = treeOf()
    expect(route('/users/17/orders/8f14e45f')).toBe('/users/*/orders/*')
    expect(route('/users')).toBe('/users')
    expect(route('/')).toBe('/')
    expect(route('/users/')).toBe('/users')
  })

  it('replaces words when more than a few stand at one place, those that it knew too', () => {
    const route = treeOf()
    expect(['/u/ann', '/u/bob', '/u/cid'].map((path) => route(path))).toEqual([
      '/u/ann',
      '/u/bob',
      '/u/cid',
    ])
    expect(['/u/dan', '/u/ann', '/u/eve', '/u'].map((path) => route(path))).toEqual([
      '/u/*',
      '/u/*',
      '/u/*',
      '/u',
    ])
  })

  it('gives what follows a replaced word one place', () => {
    const route = treeOf()
    for (const name of ['ann', 'bob', 'cid']) route(`/u/${name}/orders/open`)
    route('/u/dan')
    expect(route('/u/ann/orders/open')).toBe('/u/*/orders/open')
    expect(route('/u/dan/orders/open')).toBe('/u/*/orders/open')
  })

  it('keeps replaced what was replaced further on, when a word in front of it is', () => {
    const route = treeOf()
    for (const tag of letters) route(`/u/ann/tags/${tag}`)
    for (const file of ['a.js', 'b.css']) route(`/u/ann/${file}`)
    route('/u/bob/5/x')
    for (const name of letters) route(`/u/${name}`)
    expect(route('/u/zoe/tags/new', false)).toBe('/u/*/tags/*')
    expect(route('/u/zoe/6/x', false)).toBe('/u/*/*/x')
    expect(route('/u/zoe/c.js', false)).toBe('/u/*/*.js')
  })

  it('replaces what is too much only when it comes together', () => {
    const route = treeOf()
    for (const path of ['/u/ann/a', '/u/ann/b', '/u/bob/c', '/u/bob/d', '/u/cid', '/u/dan']) {
      route(path)
    }
    expect(route('/u/zoe/a')).toBe('/u/*/*')
  })

  it('names the files that pages load by their extension', () => {
    const route = treeOf()
    for (const name of letters) expect(route(`/static/${name}.JS`)).toBe('/static/*.js')
    expect(route('/static/logo.png')).toBe('/static/*.png')
    expect(route('/static/about')).toBe('/static/about')
  })

  it('learns nothing where it may not', () => {
    const route = treeOf()
    route('/users/17')
    for (const path of ['/.env', '/wp-admin/setup.php', '/users/ann', '/x.js', '/5']) {
      expect(route(path, false)).toBe('/**')
    }
    expect(route('/users/18', false)).toBe('/users/*')
    for (const path of ['/a', '/b']) expect(route(path)).toBe(path)
  })

  it('says of a path that is too long only that', () => {
    expect(treeOf()('/a'.repeat(17))).toBe('/**')
  })

  it('keeps to the room that there is, shared with other trees', () => {
    const room = { left: 5 }
    const other = treeOf({}, room)
    expect(other('/x/y')).toBe('/x/y')
    const route = treeOf({ maxChildren: Infinity }, room)
    expect(route('/a/b/c')).toBe('/a/b/c')
    for (const path of ['/d', '/a/e', '/5', '/a/b/x.js']) expect(route(path)).toBe('/**')
    expect(route('/a/b')).toBe('/a/b')
  })

  it('has room again for what a replaced word took', () => {
    const room = { left: 9 }
    const route = treeOf({}, room)
    for (const name of ['a', 'b', 'c', 'd', 'e']) route(`/u/${name}/x`)
    // "u", "*" and "x" have taken three.
    expect(room.left).toBe(6)
    expect(route('/v/w/x/y')).toBe('/v/w/x/y')
  })

  it('keeps every word without a limit, and everything without placeholders', () => {
    const words = treeOf({ maxChildren: Infinity })
    for (const name of letters) expect(words(`/u/${name}`)).toBe(`/u/${name}`)
    const paths = treeOf({ maxChildren: Infinity, placeholders: false })
    for (const path of ['/u/17', '/é/ü', '/app.js']) expect(paths(path)).toBe(path)
  })

  it('tells words apart that have the same hash', () => {
    // "Aa" and "BB" have the same polynomial hash of base 31.
    const route = treeOf()
    expect(['/Aa', '/BB', '/Aa', '/BB'].map((path) => route(path))).toEqual([
      '/Aa',
      '/BB',
      '/Aa',
      '/BB',
    ])
    route('/cc')
    route('/dd')
    expect(route('/BB')).toBe('/*')
  })

  it('uses the placeholder that it was given', () => {
    const route = treeOf({ placeholder: '?' })
    expect(route('/users/17/a.js')).toBe('/users/?/?.js')
  })
})
