import { describe, expect, it } from 'vitest'
import { arrows, componentRooms, faultOf, importsOf } from './arrows.ts'
import { filesOf, textOf } from './files.ts'

const sources = filesOf(`{src,${componentRooms.join(',')}}/**/*.ts`)
/** Tests and what only they use; `npm run build` leaves out the same files. */
const forTests = /\.test\.ts$|_test\.ts$|_for_tests\.ts$|\/fixtures\.ts$|\/testing\/|\/testdata\//
const isTest = (file: string): boolean => forTests.test(file)

describe('import arrows', () => {
  it('point one way in every source file', () => {
    const imports = sources.filter((file) => !isTest(file)).flatMap(read)
    expect(imports.map(faultOf).filter(Boolean)).toEqual([])
  })

  it('lead from no test of a component to another component', () => {
    const imports = sources.filter(isTest).flatMap(read)
    const faults = imports.map(faultOf).filter((fault) => fault?.includes('another component'))
    expect(faults).toEqual([])
  })

  it('have a row for every room there is', () => {
    const rooms = new Set(sources.map((file) => file.split('/').slice(0, 2).join('/')))
    const known = [...rooms].filter((room) => room.startsWith('src/') && !isTest(room))
    expect(known.filter((room) => !arrows[room])).toEqual([])
  })
})

describe('the check of one import', () => {
  it.each([
    [
      'exporters/debug/exporter.ts',
      '../file/output.ts',
      'exporters/debug/exporter.ts imports exporters/file/output.ts: a component never imports another component',
    ],
    [
      'src/pipeline/build.ts',
      '../../exporters/debug/index.ts',
      'src/pipeline/build.ts imports exporters/debug/index.ts: src/pipeline may import from src/component, src/config, src/helpers, src/pdata, src/telemetry',
    ],
    [
      'src/pdata/traces.ts',
      '../component/errors.ts',
      'src/pdata/traces.ts imports src/component/errors.ts: src/pdata may import from nothing but itself',
    ],
    [
      'processors/batch/processor.ts',
      'libbpf-addon',
      'processors/batch/processor.ts imports libbpf-addon: only src/kernel and receivers may',
    ],
    [
      'src/helpers/retry.ts',
      '../../test/kit/eventually.ts',
      'src/helpers/retry.ts imports test/kit/eventually.ts: src/helpers may import from src/component, src/config, src/pdata, src/telemetry',
    ],
  ])('says what is wrong where %s imports %s', (file, names, fault) => {
    expect(faultOf({ file, names })).toBe(fault)
  })

  it.each([
    ['exporters/debug/exporter.ts', './output.ts'],
    ['exporters/debug/exporter.ts', '../../src/pdata/batch.ts'],
    ['src/components.ts', '../exporters/debug/index.ts'],
    ['src/pdata/batch.ts', 'rxjs'],
  ])('lets %s import %s', (file, names) => {
    expect(faultOf({ file, names })).toBeUndefined()
  })

  it('finds every form of import, and none in a comment', () => {
    const text = [
      "import type { A } from './a.ts'",
      "export { b } from './b.ts'",
      "import './c.ts'",
      "const d = await import('./d.ts')",
      "// import './e.ts'",
    ].join('\n')
    const names = importsOf('x.ts', text).map((found) => found.names)
    expect(names).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts'])
  })
})

function read(file: string): ReturnType<typeof importsOf> {
  return importsOf(file, textOf(file))
}
