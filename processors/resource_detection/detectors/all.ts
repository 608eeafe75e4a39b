import type { DetectorName } from '../config.ts'
import { ec2, eks } from './aws.ts'
import { aks, azure } from './azure.ts'
import type { Detector } from './detector.ts'
import { gcp, gke } from './gcp.ts'
import { container, env, os, process, system } from './local.ts'

/** All detectors by their names. */
export const detectors: Readonly<Record<DetectorName, Detector>> = {
  env,
  system,
  host: system,
  os,
  process,
  container,
  ec2,
  gcp,
  azure,
  eks,
  gke,
  aks,
}
