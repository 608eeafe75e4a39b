import type { z } from 'zod'
import { compileCondition, problemsIn } from '../../src/ottl/index.ts'
import { BLOCK_TYPES, type CompositeConfig, type PolicyConfig } from './policy_config.ts'

type Path = readonly (string | number)[]
type Report = (path: Path, message: string) => void

/** What policies of every kind have, the policies in them included. */
interface AnyPolicy {
  readonly name: string
  readonly type: string
  readonly and?: { readonly and_sub_policy: readonly AnyPolicy[] } | undefined
  readonly not?: { readonly not_sub_policy: AnyPolicy } | undefined
  readonly drop?: { readonly drop_sub_policy: readonly AnyPolicy[] } | undefined
  readonly composite?: CompositeConfig | undefined
  readonly ottl_condition?: PolicyConfig['ottl_condition']
}

/** Types that have options under their own name. */
const WITH_OPTIONS: readonly string[] = [...BLOCK_TYPES, 'and', 'not', 'drop', 'composite']

/** Reports what the schema does not see: names, options of another type, conditions. */
export function checkPolicies(policies: readonly PolicyConfig[], ctx: z.RefinementCtx): void {
  const report: Report = (path, message) => {
    ctx.addIssue({ code: 'custom', path: [...path], message })
  }
  checkNames(policies, [], report)
  policies.forEach((policy, i) => checkPolicy(policy, [i], report))
}

function checkNames(policies: readonly AnyPolicy[], path: Path, report: Report): void {
  const names = new Set<string>()
  policies.forEach(({ name }, i) => {
    if (names.has(name)) report([...path, i, 'name'], `expected a name that no other one has`)
    names.add(name)
  })
}

function checkPolicy(policy: AnyPolicy, path: Path, report: Report): void {
  const { type } = policy
  const given = policy as unknown as Readonly<Record<string, unknown>>
  for (const key of WITH_OPTIONS) {
    if (key === type && given[key] === undefined) {
      report(path, `expected "${key}" with the options of a policy of type "${type}"`)
    }
    if (key !== type && given[key] !== undefined) {
      report([...path, key], `expected only in a policy of type "${key}", this one is "${type}"`)
    }
  }
  checkConditions(policy, path, report)
  checkParts(policy, path, report)
}

function checkConditions({ ottl_condition }: AnyPolicy, path: Path, report: Report): void {
  for (const context of ['span', 'spanevent'] as const) {
    ottl_condition?.[context].forEach((text, i) => {
      const problem = problemsIn(() => compileCondition(context, text))
      if (problem !== undefined) report([...path, 'ottl_condition', context, i], problem)
    })
  }
}

function checkParts({ and, not, drop, composite }: AnyPolicy, path: Path, report: Report): void {
  const each = (parts: readonly AnyPolicy[] | undefined, ...keys: readonly string[]): void => {
    parts?.forEach((part, i) => checkPolicy(part, [...path, ...keys, i], report))
  }
  each(and?.and_sub_policy, 'and', 'and_sub_policy')
  each(drop?.drop_sub_policy, 'drop', 'drop_sub_policy')
  each(composite?.composite_sub_policy, 'composite', 'composite_sub_policy')
  if (not) checkPolicy(not.not_sub_policy, [...path, 'not', 'not_sub_policy'], report)
  if (composite) checkComposite(composite, [...path, 'composite'], report)
}

function checkComposite(composite: CompositeConfig, path: Path, report: Report): void {
  const { composite_sub_policy: parts, policy_order: order, rate_allocation: shares } = composite
  checkNames(parts, [...path, 'composite_sub_policy'], report)
  const names = parts.map(({ name }) => name)
  const known = names.map((name) => `"${name}"`).join(', ')
  const isKnown = (name: string, at: Path): void => {
    if (!names.includes(name)) {
      report(at, `expected the name of a policy in it (${known}), received "${name}"`)
    }
  }
  order.forEach((name, i) => isKnown(name, [...path, 'policy_order', i]))
  shares.forEach(({ policy }, i) => isKnown(policy, [...path, 'rate_allocation', i, 'policy']))
  const missing = names.find((name) => !order.includes(name))
  if (order.length > 0 && missing !== undefined) {
    report([...path, 'policy_order'], `expected all policies in it, "${missing}" is missing`)
  }
}
