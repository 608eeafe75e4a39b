import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { tailSamplingConfig } from './config.ts'
import { tailSampling } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)
const faults = (file: string): string[] => errorsIn(tailSampling, testdata, file)

it("has the Collector's defaults", () => {
  const policies = [{ name: 'all', type: 'always_sample' }]
  expect(tailSamplingConfig.parse({ policies })).toEqual({
    decision_wait: 30_000,
    decision_wait_after_root_received: 0,
    num_traces: 50_000,
    max_held_mib: 512,
    block_on_overflow: false,
    maximum_trace_size_bytes: 0,
    expected_new_traces_per_sec: 0,
    decision_cache: { sampled_cache_size: 0, non_sampled_cache_size: 0 },
    wait_for_decision: false,
    sample_on_first_match: false,
    drop_pending_traces_on_shutdown: false,
    policies,
  })
})

it('takes its files in testdata', () => {
  expect(faults('only_defaults.yaml')).toEqual([])
  expect(faults('all_options.yaml')).toEqual([])
})

it('says what is wrong with policies', () => {
  expect(faults('bad_policies.yaml')).toEqual([
    'bad_policies.yaml:5:15: processors.tail_sampling.policies[0].type: expected "always_sample", "trace_flags", "latency", "numeric_attribute", "string_attribute", "boolean_attribute", "status_code", "rate_limiting", "bytes_limiting", "probabilistic", "span_count", "trace_state", "ottl_condition", "and", "not", "drop" or "composite", received "lattency", did you mean "latency"?',
    'bad_policies.yaml:8:28: processors.tail_sampling.policies[1].numeric_attribute: expected "min_value" or "max_value" or both',
    'bad_policies.yaml:11:50: processors.tail_sampling.policies[2].string_attribute.values[1]: expected a regular expression of RE2, received "a(": missing closing ): `a(`',
  ])
  expect(faults('bad_options.yaml')).toEqual([
    'bad_options.yaml:4:9: processors.tail_sampling.policies[0]: expected "latency" with the options of a policy of type "latency"',
    'bad_options.yaml:6:15: processors.tail_sampling.policies[1].name: expected a name that no other one has, received "a"',
    'bad_options.yaml:8:18: processors.tail_sampling.policies[1].latency: expected only in a policy of type "latency", this one is "always_sample"',
  ])
})

it('says what is wrong with policies in policies, each at its place', () => {
  const at = 'bad_parts.yaml'
  const policies = 'processors.tail_sampling.policies'
  expect(faults('bad_parts.yaml')).toEqual([
    `${at}:9:38: ${policies}[0].and.and_sub_policy[0].not.not_sub_policy: expected "span_count" with the options of a policy of type "span_count"`,
    `${at}:11:53: ${policies}[0].and.and_sub_policy[1].ottl_condition.span[1]: unknown path span.nam, did you mean "span.name"?, at character 1`,
    `${at}:16:25: ${policies}[1].composite.policy_order: expected all policies in it, "y" is missing`,
    `${at}:16:29: ${policies}[1].composite.policy_order[1]: expected the name of a policy in it ("x", "y"), received "z"`,
    `${at}:20:39: ${policies}[1].composite.rate_allocation[0].policy: expected the name of a policy in it ("x", "y"), received "w"`,
    `${at}:23:25: ${policies}[2].ottl_condition: expected at least one condition, in "span" or "spanevent"`,
  ])
})

it('says what is wrong with keys', () => {
  expect(faults('bad_key.yaml')).toEqual([
    'bad_key.yaml:2:3: processors.tail_sampling.policies: required',
    'bad_key.yaml:3:5: processors.tail_sampling: unknown key "num_trace", did you mean "num_traces"?',
    'bad_key.yaml:4:20: processors.tail_sampling.decision_wait: expected a duration of at least 1ms, received "0s"',
  ])
})
