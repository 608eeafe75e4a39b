import { defineReceiver } from '../../src/component/component.ts'
import { k8sWatchConfig } from './config.ts'
import { k8sWatchRequirements } from './preflight.ts'
import { K8sWatchReceiver } from './receiver.ts'

/** What becomes of pods, as the API server tells it to those who watch. */
export const k8sWatch = defineReceiver({
  type: 'k8s_watch',
  summary: 'Watches pods, events and the owners of pods through the Kubernetes API.',
  stability: 'alpha',
  config: k8sWatchConfig,
  produces: ['logs'],
  preflight: k8sWatchRequirements,
  create: (settings, config) => new K8sWatchReceiver(settings, config),
})
