import { describe, expect, it } from 'vitest'
import { MAX_SEGMENTS, PathSegments } from './path_segments.ts'
import { SEGMENT } from './segment_kind.ts'

const NAMES = new Map<number, string>(Object.entries(SEGMENT).map(([name, kind]) => [kind, name]))

function read(path: string): PathSegments {
  const segments = new PathSegments()
  const bytes = Buffer.from(`GET ${path} HTTP/1.1`)
  segments.read(bytes, 4, bytes.length - 9)
  return segments
}

/** `word:users value:17` */
function textOf(segments: PathSegments): string {
  return Array.from(
    { length: segments.count },
    (_, n) => `${NAMES.get(segments.kinds[n] as number)}:${segments.text(n)}`,
  ).join(' ')
}

const kindOf = (segment: string): string => textOf(read(`/${segment}`)).split(':')[0] as string

describe('a path', () => {
  it('is taken apart at its slashes, empty parts left out', () => {
    expect(textOf(read('/users/17/orders'))).toBe('word:users value:17 word:orders')
    expect(textOf(read('//users///orders/'))).toBe('word:users word:orders')
    expect(read('/').count).toBe(0)
  })

  it('has no more segments than are looked at', () => {
    const many = read('/a'.repeat(MAX_SEGMENTS))
    expect([many.count, many.tooMany]).toEqual([MAX_SEGMENTS, false])
    expect(read('/a'.repeat(MAX_SEGMENTS + 1)).tooMany).toBe(true)
    expect(read('/a').tooMany).toBe(false)
  })

  it('tells equal segments by their hash and bytes', () => {
    const path = read('/users/users/user')
    expect(path.hashes[0]).toBe(path.hashes[1])
    expect(path.hashes[0]).not.toBe(path.hashes[2])
    expect([path.is(0, 'users'), path.is(0, 'user'), path.is(0, 'usery')]).toEqual([
      true,
      false,
      false,
    ])
  })
})

const VALUES = [
  '0 17 2024 3.14 -5 10.0.0.1 1,2,3 2024-01-31 2024-01-31T10:00:00Z',
  '550e8400-e29b-41d4-a716-446655440000 550E8400E29B41D4A716446655440000 8f14e45f a1b2c3 7adeadbeef3c',
  '507f1f77bcf86cd799439011 e83c5163316f89bfbde7d9ab23ca2e25604af290',
  'user-12345 order_88910 u1234 INV2024001 cve-2024-12345',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV ckl2j3k4l5m6n7o8p9q0 CfMkAGbE_aivhFydEpaRafPuGWbmHfG',
  'C2fMkAGb3E_aivhFyd5EpaRafP123uGWbmHfG eyJhbGciOiJIUzI1NiJ9',
  'jane@example.com jane%40example.com hello%20world key=value é %E4%BD%A0',
  `* {id} ;jsessionid=1 ${'x'.repeat(64)}`,
]
const WORDS = [
  'users user-profile user_profile getUserByCustomerId index.html a ~jane @jane .env - ABC',
  'v1 v2.1 v10 s3 oauth2 k8s e2e ipv4 base64 utf-8 sha256sum decade facade face1 robots.txt',
  'my-post-about-2024 top-10-movies-of-2024 users:batchGet com.example.OrderService',
  `GetCustomerOrderByIDList ${'x'.repeat(63)}`,
]

describe('a segment', () => {
  it.each(VALUES.flatMap((line) => line.split(' ')))(
    'that is one of very many is a value: %s',
    (segment) => {
      expect(kindOf(segment)).toBe('value')
    },
  )

  it.each(WORDS.flatMap((line) => line.split(' ')))(
    'that may be one of a few is a word: %s',
    (segment) => {
      expect(kindOf(segment)).toBe('word')
    },
  )

  it.each(['app.js', 'app.8f14e45f.min.js', 'LOGO.PNG', 'font.woff2', '17.jpg', 'a%20b.pdf'])(
    'that names what a page loads is a file: %s',
    (segment) => {
      expect(kindOf(segment)).toBe('file')
    },
  )

  it('is a file only at the end, and not by its extension alone', () => {
    expect(textOf(read('/app.js/status'))).toBe('word:app.js word:status')
    expect(kindOf('.js')).toBe('word')
    expect(kindOf('app.jsx')).toBe('word')
    expect(kindOf('app.')).toBe('word')
  })
})
