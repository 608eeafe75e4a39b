import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { resourceDetection } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(resourceDetection, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(resourceDetection, testdata, 'all_options.yaml')).toEqual([])
})

it('says what is wrong', () => {
  expect(errorsIn(resourceDetection, testdata, 'bad_options.yaml')).toEqual([
    'bad_options.yaml:3:22: processors.resource_detection.detectors[1]: expected "env", "system", "host", "os", "process", "container", "ec2", "gcp", "azure", "eks", "gke" or "aks", received "docker"',
    'bad_options.yaml:4:14: processors.resource_detection.timeout: expected a duration of at least 1ms, received "0s"',
    'bad_options.yaml:5:23: processors.resource_detection.refresh_interval: expected a duration with a unit, such as "10s" or "200ms", received 5',
    'bad_options.yaml:7:26: processors.resource_detection.system.hostname_sources[0]: expected "dns", "os", "cname" or "lookup", received "whois"',
    'bad_options.yaml:9:9: processors.resource_detection.system.resource_attributes: unknown key "host.nam", did you mean "host.name"?',
    'bad_options.yaml:12:16: processors.resource_detection/none.detectors: expected at least 1 item, received a list',
  ])
})

it('is taken by the name that the Collector had for it before', () => {
  expect(errorsIn(resourceDetection, testdata, 'alias.yaml')).toEqual([])
})
