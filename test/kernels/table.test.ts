import { describe, expect, it } from 'vitest'
import type { LoadedProgram } from './guest/loading.ts'
import type { Column } from './matrix.ts'
import { isRight, problemsOf, report } from './report.ts'
import { answersOf, table } from './table.ts'

type Tried = Exclude<Column, { failure: string }>

const program = (name: string, verdict: LoadedProgram['verdict']): LoadedProgram => ({
  object: 'http',
  program: name,
  section: 'cgroup_skb/egress',
  verdict,
  milliseconds: 1,
  ...(verdict === 'refused' && { error: `load program "${name}": EINVAL`, log: 'R1' }),
})
const ended = { code: 0, output: '' }
const right = {
  server: 1000,
  client: 1000,
  joined: 1000,
  withProcess: 2000,
  closing: 34,
  closingRight: 34,
  faults: [],
}

const good: Tried = {
  series: '6.1',
  version: '6.1.192',
  found: {
    release: '6.1.0',
    programs: [program('http_egress', 'loads'), program('http_egress_old', 'not needed')],
    preflight: ended,
    agent: { code: 0, output: 'Running.\n' },
    client: { ...ended, pid: 3 },
    server: { pid: 2 },
    spans: '',
    metrics: '',
    container: {
      seconds: 1,
      throttledPeriods: 1,
      throttledSeconds: 1,
      memory: 1,
      memoryLimit: 1,
      oomKills: 1,
      threads: 1,
    },
    networkAtRest: '',
    network: '',
    loss: { ends: [], retransmits: 0 },
    seconds: { load: 4.6, stop: 59.2 },
  },
  preflight: [
    { feature: 'ring buffer', answer: 'supported' },
    { feature: 'tcx', answer: 'could not tell' },
  ],
  verdict: right,
  container: { statistics: [], files: [] },
  loss: { whileOpen: true, faults: [] },
  minutes: 1.04,
}
const old: Tried = {
  ...good,
  series: '5.10',
  version: '5.10.262',
  found: {
    ...good.found,
    programs: [program('http_egress', 'refused'), program('http_egress_old', 'loads')],
  },
  preflight: [{ feature: 'ring buffer', answer: 'not supported' }],
  verdict: { ...right, server: 966, joined: 966, faults: ['no server span for GET /items/1'] },
  container: { statistics: [], files: ['waggle.file.io read is 1, not 2'] },
  loss: { whileOpen: false, faults: [] },
}
const gone: Column = { series: '4.19', failure: "Debian's archive has no kernel 4.19" }

describe('the table kernel × feature', () => {
  it('says what was found out, and where nothing was', () => {
    expect(table([old, good, gone])).toBe(
      `| Linux | 5.10.262 | 6.1.192 | 4.19 |
| --- | --- | --- | --- |
| ring buffer | **no** | yes | not tried |
| program \`http/http_egress\` (\`cgroup_skb/egress\`) loads | **no** | yes | not tried |
| program \`http/http_egress_old\` (\`cgroup_skb/egress\`) loads | yes | not needed | not tried |
| 1,000 HTTP exchanges: right server spans | 966 | 1,000 | not tried |
| 1,000 HTTP exchanges: right client spans | 1,000 | 1,000 | not tried |
| … both in one trace | 966 | 1,000 | not tried |
| … of 2,000 spans, with their process | 2,000 | 2,000 | not tried |
| … of 34 that end with the connection | 34 | 34 | not tried |
| CPU, throttling, memory, OOM kills and threads of a container in cgroup v2 | right | right | not tried |
| reads and writes of files in it | **wrong** | right | not tried |
| round-trip times and retransmits over delay and loss (netem), as ss has them | retransmits only | right | not tried |
| tcx | not tried | ? | not tried |
`,
    )
  })

  it('is compared without the versions', () => {
    const newer = { ...good, version: '6.1.200' }
    expect(answersOf(table([newer]))).toEqual(answersOf(table([good])))
    expect(answersOf(table([old]))).not.toEqual(answersOf(table([good])))
    expect(answersOf(table([good]))[0]).toBe('| ring buffer | yes |')
  })
})

describe('the report of a kernel', () => {
  it('is short where everything is right', () => {
    expect(isRight(good)).toBe(true)
    expect(report(good)).toBe('Linux 6.1.192: right, 1.0 min (load 5 s, stop 59 s)\n')
  })

  it('names what was refused, and what is wrong with what the agent wrote', () => {
    expect(isRight(old)).toBe(false)
    expect(report(old)).toBe(
      `Linux 5.10.262: WRONG, 1.0 min (load 5 s, stop 59 s)
  refused: http_egress: load program "http_egress": EINVAL
  no server span for GET /items/1
  966 exchanges in one trace
  waggle.file.io read is 1, not 2
  the agent wrote:
Running.

`,
    )
  })

  it('says loudly that a kernel could not be tried, which is no success', () => {
    expect(isRight(gone)).toBe(false)
    expect(report(gone)).toBe(`Linux 4.19: NOT TRIED\n  Debian's archive has no kernel 4.19\n`)
  })

  it.each([
    ['preflight', { preflight: { code: 1, output: 'no BTF' } }, 'preflight: no BTF'],
    ['the client', { client: { code: 1, output: 'ECONNRESET', pid: 3 } }, 'the client failed:'],
    ['the agent', { agent: { code: 1, output: '' } }, 'the agent ended with exit code 1'],
  ])('is not right where %s fails', (_, part, problem) => {
    const bad = { ...good, found: { ...good.found, ...part } }
    expect(problemsOf(bad).join('\n')).toContain(problem)
  })

  it('is not right where what was told of connections is not', () => {
    const bad = { ...good, loss: { whileOpen: true, faults: ['retransmits: 1, not 2'] } }
    expect(problemsOf(bad)).toEqual(['retransmits: 1, not 2', 'the agent wrote:\nRunning.\n'])
    expect(table([bad])).toContain('as ss has them | **wrong** |')
  })

  it('is not right where nothing was told of open connections although the kernel shows them', () => {
    const loss = { whileOpen: false, faults: [] }
    const row = { feature: 'socket-local storage in tracepoints', answer: 'supported' }
    expect(problemsOf({ ...good, loss })).toEqual([])
    expect(problemsOf({ ...good, loss, preflight: [row] })).toEqual([
      'nothing was told of connections while open',
      'the agent wrote:\nRunning.\n',
    ])
  })

  it('leaves out faults beyond ten', () => {
    const faults = Array.from({ length: 12 }, (_, index) => `fault ${index}`)
    const problems = problemsOf({ ...good, verdict: { ...right, faults } })
    expect(problems.slice(9, 11)).toEqual(['fault 9', '… 12 faults in all'])
  })
})
