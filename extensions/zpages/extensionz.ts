import { isoTime, type Page } from './page.ts'

/** The extensions, and how they fare. */
export const extensionz: Page = {
  path: '/debug/extensionz',
  summary: 'The extensions, and how they fare.',
  read: ({ host }) => {
    const extensions = host.statuses().filter(({ role }) => role === 'extension')
    const data = extensions.map(({ id, state, error, sinceMs }) => {
      return { id, state, error, since: isoTime(sinceMs) }
    })
    const rows = data.map(({ id, state, error, since }) => [id, state, error, since])
    return { data, sections: [{ title: '', head: ['Extension', 'State', 'Error', 'Since'], rows }] }
  },
}
