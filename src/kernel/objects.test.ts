import type { BpfError, BpfObject } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { describeError, UnsupportedError } from '../component/errors.ts'
import { asUnsupported, loadObject, objectPath, openObject } from './objects.ts'

/** An error as the addon throws it. */
function refusal(code: string, program?: string): BpfError {
  const error = new Error(`load program "${program ?? 'x'}": ${code}`)
  return Object.assign(error, { code, errno: 1, operation: 'load', log: '', program })
}

function thrownBy(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error
  }
  return undefined
}

describe('an object', () => {
  it('lies beside its source', () => {
    expect(objectPath('http')).toMatch(/\/bpf\/http\/build\/http\.bpf\.o$/)
  })

  it('that is not built says how to build it', () => {
    const error = thrownBy(() => openObject('no_such_program')) as UnsupportedError
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error.message).toBe('the BPF object of "no_such_program" is not built')
    expect(error.remedy).toBe('Run "npm run setup" in the checkout; it needs clang and libbpf-dev.')
  })
})

describe('what the kernel refuses', () => {
  const wrap = (code: string): Error =>
    thrownBy(() =>
      asUnsupported('attach to the sockets of cgroup /x', () => {
        throw refusal(code)
      }),
    ) as Error

  it.each([
    ['EPERM', /^Run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN/],
    ['EACCES', /^The kernel refused the program; "waggle preflight" lists/],
    ['E2BIG', /^The kernel refused the program; "waggle preflight" lists/],
    ['EINVAL', /^The kernel lacks a feature; "waggle preflight" lists which\.$/],
    ['ENOTSUPP', /^The kernel lacks a feature/],
    ['EOPNOTSUPP', /^The kernel lacks a feature/],
    ['ESRCH', /^The kernel has no BTF of its own \(CONFIG_DEBUG_INFO_BTF\)\.$/],
    ['ENOENT', /^The kernel lacks the hook/],
  ])('with %s is unsupported, and says what to do', (code, remedy) => {
    const error = wrap(code) as UnsupportedError
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error.remedy).toMatch(remedy)
    expect(describeError(error)).toBe(
      `attach to the sockets of cgroup /x: load program "x": ${code}`,
    )
  })

  it.each(['ENOMEM', 'EBUSY'])('with %s may go well the next time', (code) => {
    const error = wrap(code)
    expect(error).not.toBeInstanceOf(UnsupportedError)
    expect(describeError(error)).toBe(
      `attach to the sockets of cgroup /x: load program "x": ${code}`,
    )
  })

  it('is nothing where the attempt goes well', () => {
    expect(asUnsupported('count', () => 3)).toBe(3)
  })
})

/** Objects of which `refuses` names the program that the kernel stumbles over first. */
function opener(refuses: (off: ReadonlySet<string>) => string | undefined) {
  const tries: { off: Set<string>; closed: boolean }[] = []
  const open = (): BpfObject => {
    const one = { off: new Set<string>(), closed: false }
    tries.push(one)
    return {
      name: 'demo',
      setAutoload: (program: string) => one.off.add(program),
      load: () => {
        const program = refuses(one.off)
        if (program !== undefined) throw refusal('EINVAL', program)
      },
      close: () => (one.closed = true),
    } as unknown as BpfObject
  }
  return { open, tries }
}

describe('loading', () => {
  const load = (refused: readonly string[], optional: readonly string[]) => {
    const { open, tries } = opener((off) => refused.find((program) => !off.has(program)))
    const told: string[] = []
    const configured: BpfObject[] = []
    const attempt = () =>
      loadObject({
        open,
        configure: (object) => configured.push(object),
        optional,
        onRefused: (program) => told.push(program),
      })
    return { attempt, tries, told, configured }
  }

  it('tries once what goes well', () => {
    const { attempt, tries, told, configured } = load([], ['a'])
    expect([...attempt().refused]).toEqual([])
    expect([tries.length, tries[0]!.closed, configured.length, told]).toEqual([1, false, 1, []])
  })

  it('goes on without the optional programs that are refused, each configured anew', () => {
    const { attempt, tries, told, configured } = load(['a', 'b'], ['a', 'b', 'c'])
    expect([...attempt().refused]).toEqual(['a', 'b'])
    expect(told).toEqual(['a', 'b'])
    expect(tries.map(({ off, closed }) => [[...off], closed])).toEqual([
      [[], true],
      [['a'], true],
      [['a', 'b'], false],
    ])
    expect(configured).toHaveLength(3)
  })

  it('fails where a program that is needed is refused, and closes the object', () => {
    const { attempt, tries, told } = load(['a', 'main'], ['a'])
    const error = thrownBy(attempt)
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(describeError(error)).toBe('load the programs of "demo": load program "main": EINVAL')
    expect(told).toEqual(['a'])
    expect(tries.every(({ closed }) => closed)).toBe(true)
  })
})
