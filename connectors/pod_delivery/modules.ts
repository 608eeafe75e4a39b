import { inOrder, type Ordered } from './order.ts'

/**
 * What is made of the events of a pod, and what each needs: facts of the pod first, then its stages,
 * then what is judged by both.
 */
export const MODULES: readonly Ordered[] = [
  { name: 'events', after: [] },
  { name: 'facts', after: ['events'] },
  { name: 'trace', after: ['events', 'facts'] },
  { name: 'diagnosis', after: ['facts', 'trace'] },
  { name: 'slo', after: ['facts', 'trace', 'diagnosis'] },
  { name: 'outputs', after: ['trace', 'slo', 'diagnosis'] },
]

/** The order in which modules run. Throws where they need each other. */
export function moduleOrder(modules: readonly Ordered[]): readonly string[] {
  return inOrder(modules, 'modules need').map(({ name }) => name)
}
