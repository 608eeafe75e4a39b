import { describe, expect, it } from 'vitest'
import type { Replayed } from './replay_model.ts'
import { legendText, podText, summaryText, type ReplayLook } from './replay_text.ts'

const START = Date.parse('2026-01-01T10:00:00.250Z')
const look: ReplayLook = { language: 'en', columns: 80, ascii: false }

const slow: Replayed = {
  traceId: 'a'.repeat(32),
  pod: { uid: '1', namespace: 'shop', name: 'web-1' },
  kind: 'create',
  container: '',
  node: 'n1',
  workload: 'Deployment web',
  startMs: START,
  endMs: START + 50_000,
  outcome: 'ready',
  stages: [
    {
      type: 'scheduling',
      subject: '',
      owner: 'platform',
      startMs: START,
      endMs: START + 20,
      finished: true,
      errors: [],
    },
    {
      type: 'image_pull',
      subject: 'shop/web:1',
      owner: 'platform',
      startMs: START + 1_000,
      endMs: START + 41_000,
      finished: true,
      errors: [{ reason: 'Failed', message: 'rpc error: timeout\nmore', count: 3 }],
    },
    {
      type: 'readiness',
      subject: 'app',
      owner: 'user',
      startMs: START + 41_000,
      endMs: START + 50_000,
      finished: false,
      errors: [],
    },
  ],
  kept: 'kept',
  class: 'typical',
  promisedMs: 90_000,
  platformMs: 41_000,
  userMs: 9_000,
  code: 'ImagePullSlow',
  also: [],
  restarts: 0,
  owner: 'platform',
  sentence:
    'Pulling the image "shop/web:1" took 40 s, which is most of the time that the pod took.',
  action: 'Make the image smaller.',
}

const podOf = (one: Replayed, how: ReplayLook): string => podText([one], how)

describe('a delivery', () => {
  it('is its sentence, what to do, the verdict, and a bar for each stage', () => {
    expect(podOf(slow, look)).toBe(
      [
        'shop/web-1  node n1  Deployment web',
        '  2026-01-01 10:00:00  created: Ready, after 50 s',
        '    Pulling the image "shop/web:1" took 40 s, which is most of the time that the',
        '    pod took.',
        '    What to do: Make the image smaller. (turn of the platform)',
        '    Promise 1 min 30 s (typical): kept; platform 41 s, user 9.0 s',
        '    finding a node            █········································    20 ms',
        '    pulling image shop/web:1  ██████████████████████████████████·······     40 s',
        '      ! 3× Failed: rpc error: timeout',
        '    becoming ready app        ·································▒▒▒▒▒▒▒▶  > 9.0 s',
        '',
      ].join('\n'),
    )
  })

  it('fits into the terminal, and is ASCII where that has nothing else', () => {
    for (const columns of [50, 60, 100, 300]) {
      const lines = podOf(slow, { ...look, columns, ascii: true })
        .split('\n')
        .slice(2)
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(
        Math.min(columns, 120),
      )
    }
    const text = podOf(slow, { ...look, ascii: true })
    expect(text).toMatch(/ #{20,}\.+ /)
    expect(text).toContain('=>')
    expect(legendText({ ...look, ascii: true })).toBe(
      '# platform  = user  > not finished  (times are UTC)\n',
    )
  })

  it('says that it is unknown how it stands, and of what nothing is known it says nothing', () => {
    const unknown: Replayed = {
      ...slow,
      outcome: 'unknown',
      kept: 'unknown',
      class: '',
      promisedMs: 0,
      platformMs: undefined,
      userMs: undefined,
      node: '',
      workload: '',
      stages: [],
      action: '',
      owner: 'unknown',
    }
    expect(podOf(unknown, look).split('\n').slice(0, 5)).toEqual([
      'shop/web-1',
      '  2026-01-01 10:00:00  created: end not seen, 50 s so far',
      '    Pulling the image "shop/web:1" took 40 s, which is most of the time that the',
      '    pod took.',
      '    Promise: unknown',
    ])
  })

  it('is told in Chinese, with bars that stand below each other', () => {
    const text = podOf(
      { ...slow, sentence: '拉取镜像用了 40 秒。', action: '缩小镜像。' },
      { ...look, language: 'zh' },
    )
    const lines = text.split('\n')
    expect(lines.slice(0, 5)).toEqual([
      'shop/web-1  节点 n1  Deployment web',
      '  2026-01-01 10:00:00  创建: 已就绪, 用时 50 s',
      '    拉取镜像用了 40 秒。',
      '    处理建议: 缩小镜像。 (责任方：平台)',
      '    承诺 1 min 30 s (typical): 达标; 平台 41 s, 用户 9.0 s',
    ])
    const column = (line = ''): number => {
      const before = line.slice(0, line.search(/[█▒·]/))
      return before.length + (before.match(/[\u4e00-\u9fff]/g)?.length ?? 0)
    }
    expect(column(lines[5])).toBe(column(lines[6]))
  })
})

describe('the deliveries of a pod', () => {
  const restart: Replayed = {
    ...slow,
    kind: 'restart',
    container: 'app',
    startMs: START + 60_000,
    endMs: START + 60_600,
    code: 'ApplicationError',
    sentence: 'Container `app` was started again.',
  }

  it('are a line and a sentence alone where a container is ready again', () => {
    const lines = podText([slow, restart], look).trimEnd().split('\n')
    expect(lines.slice(-2)).toEqual([
      '  2026-01-01 10:01:00  container restarted (app): Ready, after 600 ms',
      '    Container `app` was started again.',
    ])
  })

  it('begin with what its restarts come to', () => {
    const last = {
      ...restart,
      outcome: 'unknown',
      also: ['CrashLoopBackOff'],
      restarts: 3,
    } as const
    const second = (language: 'en' | 'zh') =>
      podText([slow, restart, restart, last], { ...look, columns: 100, language }).split('\n')[1]
    expect(second('en')).toBe(
      '  Container app ended 3 times: ApplicationError ×3. At the end it is in a crash loop',
    )
    expect(second('zh')).toBe(
      '  容器 app 退出 3 次：ApplicationError ×3。最后处于崩溃循环（CrashLoopBackOff）。',
    )
    expect(summaryText([restart, last], look)).toMatch(
      /kept +ApplicationError\n.* ApplicationError, CrashLoopBackOff \(3 restarts\)\n/,
    )
    expect(summaryText([last], { ...look, language: 'zh' })).toMatch(/\(重启 3 次\)/)
  })

  it('show what waits for a user as the time of the user', () => {
    const stages = slow.stages.map((stage) => ({ ...stage, finished: false }))
    const bars = (owner: Replayed['owner']) =>
      podText([{ ...slow, stages, owner }], look)
        .split('\n')
        .filter((line) => line.includes('pulling'))
        .join('')
    expect(bars('user')).toMatch(/ ▒+▶/)
    expect(bars('platform')).toMatch(/ █+▶/)
  })

  it('are one line for rejections in a row that have the same reason', () => {
    const rejected: Replayed = { ...slow, outcome: 'rejected', code: 'QuotaExceeded', stages: [] }
    const other: Replayed = { ...rejected, code: 'WebhookDenied' }
    const text = podText([rejected, rejected, rejected, other], look)
    expect(text.match(/created.*/g)).toEqual([
      'created ×3: rejected by the API server, after 50 s',
      'created: rejected by the API server, after 50 s',
    ])
  })

  it('show the end of what does not fit, such as the tag of an image', () => {
    const [stage] = slow.stages.slice(1)
    const subject = 'registry.example.com:5000/a-team/of-many/repositories/shop/web:1.4.2'
    const text = podText([{ ...slow, stages: [{ ...stage!, subject }] }], look)
    expect(text).toContain('    pulling image …repositories/shop/web:1.4.2  ███')
  })
})

it('sums up all deliveries', () => {
  const other: Replayed = {
    ...slow,
    kind: 'delete',
    kept: 'excused',
    outcome: 'deleted',
    code: 'Success',
  }
  expect(summaryText([slow, other], look)).toBe(
    [
      'pod         delivery  result  total  platform  promise  diagnosis',
      'shop/web-1  created   Ready   50 s   41 s      kept     ImagePullSlow',
      'shop/web-1  deleted   gone    50 s   41 s      excused  Success',
      '',
      '1 pod, 2 deliveries; promises: 1 kept, 1 excused',
      '',
    ].join('\n'),
  )
})
