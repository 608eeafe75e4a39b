import type { Attributes } from '../../src/pdata/attributes.ts'
import { printable } from './text.ts'
import { valueText } from './values.ts'

const KEY_WIDTH = 16

/** One line of a block: a name and its text, made safe for a terminal. */
export function field(name: string, text: string): string {
  return `    ${name.padEnd(KEY_WIDTH)}${printable(text)}`.trimEnd()
}

/** A title and a line for each attribute below it; nothing where there are none. */
export function attributeLines(title: string, attributes: Attributes): string[] {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return []
  const lines = entries.map(([key, value]) => `        ${printable(key)}: ${valueText(value)}`)
  return [`    ${title}`, ...lines]
}

/** A title with its attributes, which stands there without any, too. */
export function titledLines(title: string, attributes: Attributes): string[] {
  const lines = attributeLines(title, attributes)
  return lines.length > 0 ? lines : [`    ${title}`]
}

/** UTC with nanoseconds, `2026-01-02T14:03:22.123456789Z`. */
export function timeText(ns: bigint): string {
  const ms = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -1)
  return `${ms}${String(ns % 1_000_000n).padStart(6, '0')}Z`
}
