import type { LogEntry } from '../../src/telemetry/recent_log.ts'
import type { Cell, Page } from './page.ts'

/** The latest warnings and errors of the log. */
export const errorz: Page = {
  path: '/debug/errorz',
  summary: 'The latest warnings and errors of the log, the newest first.',
  read: ({ host }) => {
    const entries = host.telemetry.problems().toReversed()
    const data = entries.map((entry) => ({ ...entry, level: levelName(entry) }))
    const rows = entries.map((entry): Cell[] => {
      const { time, component, message, fields } = entry
      const more = Object.keys(fields).length === 0 ? '' : JSON.stringify(fields)
      return [time, levelName(entry), component, message, more]
    })
    const head = ['Time', 'Level', 'Component', 'Message', 'Fields']
    return { data, sections: [{ title: '', head, rows }] }
  },
}

function levelName({ level }: LogEntry): string {
  if (level >= 60) return 'fatal'
  return level >= 50 ? 'error' : 'warn'
}
