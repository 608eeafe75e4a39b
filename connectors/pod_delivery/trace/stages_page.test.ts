import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { DEFAULT_STAGES } from './default_stages.ts'

const PAGE = new URL('../../../docs/pod_delivery_stages.md', import.meta.url)
const BEGINNING = '## The defaults\n'

it('[3.19] the page about stages shows the defaults as a user would write them', () => {
  const page = readFileSync(PAGE, 'utf8')
  const head = page.slice(0, page.indexOf(BEGINNING) + BEGINNING.length)
  const yaml = stringify({ stages: DEFAULT_STAGES }, { lineWidth: 0, aliasDuplicateObjects: false })
  const wanted = `${head}\n\`\`\`yaml\n${yaml}\`\`\`\n`
  if (process.env['UPDATE_EXPECTED']) writeFileSync(PAGE, wanted)
  else expect(page).toBe(wanted)
})
