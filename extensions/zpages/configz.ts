import { parse } from 'yaml'
import type { Page } from './page.ts'

/** The configuration that runs. */
export const configz: Page = {
  path: '/debug/configz',
  summary: 'The configuration that runs, with its defaults and without its secrets.',
  read: ({ host }) => {
    const text = host.configuration()
    return { data: parse(text), sections: [{ title: '', text }] }
  },
}
