import { debug } from '../exporters/debug/index.ts'
import { file } from '../exporters/file/index.ts'
import { otlpGrpc } from '../exporters/otlp_grpc/index.ts'
import { batch } from '../processors/batch/index.ts'
import { protocolInference } from '../processors/protocol_inference/index.ts'
import { ebpfHttp } from '../receivers/ebpf_http/index.ts'
import type { Factory } from './component/component.ts'

/** All components that are built in, sorted by role and type. `npm run new` adds to it. */
export const components: readonly Factory[] = [
  debug,
  file,
  otlpGrpc,
  batch,
  protocolInference,
  ebpfHttp,
]
