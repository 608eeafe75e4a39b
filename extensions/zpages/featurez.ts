import type { Page } from './page.ts'

/** The features that `--feature-gates` switches, and whether they are on. */
export const featurez: Page = {
  path: '/debug/featurez',
  summary: 'The features that --feature-gates switches, and whether they are on.',
  read: ({ host }) => {
    const data = host.features()
    const rows = data.map(({ id, enabled, stage, description }) => {
      return [id, enabled ? 'on' : 'off', stage, description]
    })
    return { data, sections: [{ title: '', head: ['Feature', 'On', 'Stage', 'Meaning'], rows }] }
  },
}
