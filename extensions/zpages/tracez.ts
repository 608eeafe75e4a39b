import type { Page } from './page.ts'

const TEXT = [
  'The agent makes no spans of itself, so there are none to be sampled and shown here.',
  'What goes through the pipelines, what is dropped and why, stands in /debug/pipelinez; what went wrong of late in /debug/errorz.',
].join('\n')

/** What the Collector has here, and this agent has not. */
export const tracez: Page = {
  path: '/debug/tracez',
  summary: 'Spans of the agent itself: there are none.',
  read: () => ({ data: { spans: [], note: TEXT }, sections: [{ title: '', text: TEXT }] }),
}
