import { describe, expect, it } from 'vitest'
import { ByteSearch, startsWith } from './byte_search.ts'

describe('a search for several words', () => {
  const search = new ByteSearch(['kube-probe/', 'Prometheus/', 'openmetrics-text'])
  const find = (text: string, from = 0, end = text.length): number =>
    search.find(Buffer.from(text), from, end)

  it.each([
    ['kube-probe/', 0],
    ['xkube-probe/', 1],
    ['xxxxxxxxxxxxxxxxxxxxkube-probe/1.29', 20],
    ['kube-probekube-probe/', 10],
    ['Prometheus Prometheus/2', 11],
    ['text/plain, application/openmetrics-text;q=1', 24],
    ['kube-probe/Prometheus/', 0],
    ['', -1],
    ['k', -1],
    ['KUBE-PROBE/', -1],
    ['kube-probe', -1],
    ['prometheus/', -1],
    ['application/openmetrics', -1],
  ])('finds the first in %j at %i', (text, at) => expect(find(text)).toBe(at))

  it('looks neither before nor behind its bounds', () => {
    const text = 'kube-probe/ kube-probe/'
    expect([find(text, 1), find(text, 13), find(text, 0, 10), find(text, 1, 22)]).toEqual([
      12, -1, -1, -1,
    ])
  })

  it('finds what a plain search finds, in many texts of few letters', () => {
    for (const words of [['ab', 'abba', 'bbb'], ['aab', 'babb'], ['bbb']]) {
      const small = new ByteSearch(words)
      for (let n = 0; n < 3 ** 8; n++) {
        const text = n.toString(3).padStart(8, '0').replaceAll('0', 'a').replaceAll('1', 'b')
        const places = words.map((word) => text.indexOf(word)).filter((at) => at >= 0)
        const first = places.length === 0 ? -1 : Math.min(...places)
        if (small.find(Buffer.from(text), 0, text.length) !== first)
          expect.fail(`${words.join()} in ${text}`)
      }
    }
  })
})

it('compares a word with the bytes at a place', () => {
  const bytes = Buffer.from('abc')
  const at = (word: string, place: number, end = 3): boolean =>
    startsWith(bytes, place, end, Buffer.from(word))
  expect([at('abc', 0), at('bc', 1), at('c', 2), at('', 3)]).toEqual([true, true, true, true])
  expect([at('abc', 1), at('bd', 1), at('c', 2, 2), at('a', -1)]).toEqual([
    false,
    false,
    false,
    false,
  ])
})
