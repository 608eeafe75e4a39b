import { describe, expect, it } from 'vitest'
import { expand } from './expand.ts'
import { nodeAt, toPlain } from './node.ts'
import { formatProblem } from './problems.ts'
import { loadYaml } from './source.ts'

const env = {
  NAME: 'waggle',
  PORT: '4317',
  ZIP: '0123',
  EMPTY: '',
  MAP: '{a: 1, b: [x]}',
  PASSWORD: '"a b" # c: {',
  OTHER: 'NAME',
  NESTED: '${env:PORT}',
  DOLLARS: 'a$$b',
  A: '${B}',
  B: 'x${A}',
}
const files: Record<string, string> = {
  'part.yaml': 'a: ${PORT}\nb:\n  c: "${NOT_SET}"\n',
  token: 'abc\n',
  'broken.yaml': 'a: [1\n',
  'self.yaml': 'a: {b: "${file:self.yaml}"}',
}

function readFile(path: string): string {
  const text = files[path]
  if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
  return text
}

function expanded(value: string) {
  const { root } = loadYaml(`key: ${value}`, 'a.yaml')
  const { node, problems } = expand(root!, { env, readFile })
  return { node: nodeAt(node, ['key'])!, lines: problems.map(formatProblem) }
}

describe('expand', () => {
  it.each([
    ['${env:NAME}', 'waggle'],
    ['${NAME}', 'waggle'],
    ['"${NAME}"', 'waggle'],
    ['${PORT}', 4317],
    ['${ZIP}', 123],
    ['${EMPTY}', null],
    ['${MAP}', { a: 1, b: ['x'] }],
    ['${PASSWORD}', '"a b" # c: {'],
    ['${NESTED}', 4317],
    ['${NOT_SET:-10s}', '10s'],
    ['${env:NOT_SET:-5}', 5],
    ['${env:NOT_SET:-}', null],
    ['${env:NOT_SET:-${env:PORT}}', 4317],
    ['${env:EMPTY:-5}', null],
    ['${NAME:-${ALSO_NOT_SET}}', 'waggle'],
    ['${env:${OTHER}}', 'waggle'],
    ['${yaml:[1, two]}', [1, 'two']],
    ['"${yaml:{a: {b: 1}}}"', { a: { b: 1 } }],
    ['${file:token}', 'abc'],
    ['http://${NAME}:${PORT}/', 'http://waggle:4317/'],
    ['x${ZIP}', 'x0123'],
    ['${PORT}${PORT}', '43174317'],
    ['a${EMPTY}b', 'ab'],
    ['$${NAME}', '${NAME}'],
    ['$$${NAME}', '$waggle'],
    ['a$$b', 'a$b'],
    ['$NAME and $', '$NAME and $'],
    ['${DOLLARS}', 'a$b'],
    ['${NOT_SET:-a$$b}', 'a$b'],
    ['[1, "${PORT}"]', [1, 4317]],
    ['{ "${NAME}": "${NAME}" }', { '${NAME}': 'waggle' }],
  ])('makes %s %j', (text, value) => {
    const { node, lines } = expanded(text)
    expect(lines).toEqual([])
    expect(JSON.parse(JSON.stringify(toPlain(node)))).toEqual(value)
  })

  it.each([
    [
      '${env:a-b}',
      'environment variable "a-b" has an invalid name: letters, digits and "_" are allowed, no digit first',
    ],
    [
      '${}',
      'environment variable "" has an invalid name: letters, digits and "_" are allowed, no digit first',
    ],
    [
      '${https://a/b}',
      '${https://a/b}: a URL can only be given to --config, as a whole configuration',
    ],
    ['${s3:x}', 'unknown scheme "s3" in ${s3:x} (known: env, file, yaml)'],
    ['${file:none}', 'cannot read "none": no such file'],
    ['${A}', '${A} contains itself'],
    ['${NAME', '"${" without its "}" (write "$${" for the text itself)'],
    [`"${'${'.repeat(200)}"`, '"${" nested more than 100 deep'],
  ])('refuses %s', (text, message) => {
    expect(expanded(text).lines).toEqual([`a.yaml:1:6: key: ${message}`])
  })

  it.each([
    ['${NOT_SET}', 'NOT_SET', null],
    ['x${env:NOT_SET}', 'NOT_SET', 'x'],
    ['${constructor}', 'constructor', null],
    ['${env:NOT_SET:-${NOR_THIS}}', 'NOR_THIS', null],
  ])('warns of what is not set and leaves its place empty in %s', (text, name, value) => {
    const { node, lines } = expanded(text)
    expect(toPlain(node)).toBe(value)
    expect(lines).toEqual([
      `a.yaml:1:6: key: warning: environment variable "${name}" is not set, left empty (\${env:${name}:-value} gives a default)`,
    ])
  })

  it('keeps the text of a typed value for fields that want a string', () => {
    expect(expanded('${ZIP}').node).toMatchObject({ value: 123, text: '0123', from: '${ZIP}' })
    expect(expanded('${NESTED}').node).toMatchObject({ text: '4317', from: '${NESTED}' })
    expect(expanded('${MAP}').node).toMatchObject({ kind: 'map', text: '{a: 1, b: [x]}' })
  })

  it('places what came from a file in that file', () => {
    const { node, lines } = expanded('${file:part.yaml}')
    expect(nodeAt(node, ['a'])).toMatchObject({
      value: 4317,
      at: { file: 'part.yaml', line: 1, column: 4 },
    })
    expect(lines).toEqual([
      'part.yaml:3:6: key.b.c: warning: environment variable "NOT_SET" is not set, left empty (${env:NOT_SET:-value} gives a default)',
    ])
  })

  it('says why a file was taken as text', () => {
    const { node } = expanded('${file:broken.yaml}')
    expect(node).toMatchObject({ value: 'a: [1' })
    expect(node.note).toBe(
      'broken.yaml:1:6: invalid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    )
  })

  it('refuses a file that contains itself', () => {
    expect(expanded('${file:self.yaml}').lines).toEqual([
      'self.yaml:1:8: key.a.b: ${file:self.yaml} contains itself',
    ])
  })

  it('stops variables that double without end', () => {
    const doubling: Record<string, string> = { X0: 'x' }
    for (let i = 1; i < 50; i++) doubling[`X${i}`] = `\${X${i - 1}}\${X${i - 1}}`
    const { problems } = expand(loadYaml('${X49}', 'a.yaml').root!, { env: doubling, readFile })
    expect(problems.map(formatProblem)).toEqual(['a.yaml:1:1: more than 10000 expansions'])
  })

  it('stops files that lead to ever new files', () => {
    let count = 0
    const endless = () => `a: \${file:${++count}}`
    const { problems } = expand(loadYaml('${file:0}', 'a.yaml').root!, { env, readFile: endless })
    expect(problems.map(({ message }) => message)).toEqual(['expands more than 100 deep'])
  })
})

describe('a value that an expansion brought', () => {
  it('carries what was written, so that problems need not show it', () => {
    expect(expanded('http://${NAME}').node).toMatchObject({ from: 'http://${NAME}' })
    expect(expanded('a$$b').node.from).toBeUndefined()
    expect(nodeAt(expanded('${MAP}').node, ['a'])).toMatchObject({ from: '${MAP}' })
  })

  it('is not quoted by a note', () => {
    files['secret'] = '"a" hunter2'
    expect(expanded('${file:secret}').node.note).not.toContain('hunter2')
  })
})
