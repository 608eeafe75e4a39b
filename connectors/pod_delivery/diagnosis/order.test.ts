import { describe, expect, it } from 'vitest'
import { judges } from './judges.ts'
import { inOrder } from './order.ts'

const stage = (name: string, ...after: string[]) => ({ stage: name, after })

describe('inOrder', () => {
  it('[3.15] puts a stage after those that it depends on, and keeps the order else', () => {
    const declared = [
      stage('image', 'sandbox'),
      stage('scheduling'),
      stage('sandbox', 'scheduling'),
    ]
    expect(inOrder(declared).map((one) => one.stage)).toEqual(['scheduling', 'sandbox', 'image'])
  })

  it('[3.7] refuses stages that wait for each other', () => {
    const circle = [stage('a', 'b'), stage('b', 'c'), stage('c', 'b'), stage('d')]
    expect(() => inOrder(circle)).toThrow('stages wait for each other: "a", "b", "c"')
  })

  it('refuses a stage after one that is not there, and one that is there twice', () => {
    expect(() => inOrder([stage('a', 'x')])).toThrow(
      'stage "a" comes after "x", which is not declared',
    )
    expect(() => inOrder([stage('a'), stage('a')])).toThrow('stage "a" is declared twice')
  })
})

describe('the judges', () => {
  it('[3.15] are in the order of the stages of a pod', () => {
    expect(judges.map((judge) => judge.stage)).toEqual(
      'admission scheduling node volumes sandbox kubelet image create start init post_start startup running readiness readiness_gate deletion'.split(
        ' ',
      ),
    )
  })
})
