import { getHeapStatistics } from 'node:v8'
import type { Page } from './page.ts'

/** The figures of the runtime. */
export const expvarz: Page = {
  path: '/debug/expvarz',
  summary: 'The figures of the runtime: memory, heap, resources.',
  read: () => {
    const data = {
      memory: process.memoryUsage(),
      heap: getHeapStatistics(),
      resources: process.resourceUsage(),
    }
    return { data, sections: [{ title: '', text: JSON.stringify(data, null, 2) }] }
  },
}
