import { expect, it } from 'vitest'
import { parseMetricsPage } from './metrics_page.ts'

const head = '# HELP a_b Help, "any" \\\\ text.\n# TYPE a_b counter\n'

it('reads names, labels and values', () => {
  const text = `${head}a_b 1\na_b{x="1",y="q\\"\\\\\\n,}"} 2.5e+21\n# HELP c \n# TYPE c gauge\nc -Inf\n`
  expect(parseMetricsPage(text)).toEqual([
    { name: 'a_b', labels: {}, value: 1 },
    { name: 'a_b', labels: { x: '1', y: 'q"\\\n,}' }, value: 2.5e21 },
    { name: 'c', labels: {}, value: -Infinity },
  ])
})

it('reads the series of a histogram as they stand', () => {
  const text = '# HELP h H.\n# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n'
  expect(parseMetricsPage(text).map(({ name, value }) => `${name} ${value}`)).toEqual([
    'h_bucket 2',
    'h_sum 3',
    'h_count 2',
  ])
})

it.each([
  ['the page does not end with a newline', `${head}a_b 1`],
  ['twice: a_b{x="1"} 2', `${head}a_b{x="1"} 1\na_b{x="1"} 2\n`],
  ['twice: # HELP a_b x', `${head}a_b 1\n# HELP a_b x\n`],
  ['not of "a_b": c 1', `${head}c 1\n`],
  ['not of "": c 1', 'c 1\n'],
  ['no series: a_b{x="1"}', `${head}a_b{x="1"}\n`],
  ['bad labels: a_b{x=1} 1', `${head}a_b{x=1} 1\n`],
  ['no series: ', `${head}\n`],
])('says "%s"', (message, text) => {
  expect(() => parseMetricsPage(text)).toThrow(message)
})
