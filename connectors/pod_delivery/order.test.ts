import { describe, expect, it } from 'vitest'
import { judges } from './diagnosis/judges.ts'
import { inOrder } from './order.ts'

const item = (name: string, ...after: string[]) => ({ name, after })

describe('inOrder', () => {
  it('[3.15] puts an item after those that it depends on, and keeps the order else', () => {
    const declared = [item('image', 'sandbox'), item('scheduling'), item('sandbox', 'scheduling')]
    expect(inOrder(declared, 'stages wait for').map(({ name }) => name)).toEqual([
      'scheduling',
      'sandbox',
      'image',
    ])
  })

  it('[3.7] refuses items that wait for each other', () => {
    const circle = [item('a', 'b'), item('b', 'c'), item('c', 'b'), item('d')]
    expect(() => inOrder(circle, 'stages wait for')).toThrow(
      'stages wait for each other: b -> c -> b',
    )
  })
})

describe('the judges', () => {
  it('[3.15] are in the order of the stages of a pod', () => {
    expect(judges.map(({ stage }) => stage)).toEqual(
      'admission scheduling node volumes sandbox kubelet image create start init post_start startup running readiness readiness_gate deletion'.split(
        ' ',
      ),
    )
  })

  it('[3.7] come after judges that there are, each there once', () => {
    const stages = judges.map(({ stage }) => stage)
    expect(new Set(stages).size).toBe(stages.length)
    expect(judges.flatMap(({ after }) => after).filter((stage) => !stages.includes(stage))).toEqual(
      [],
    )
  })
})
