/*
 * Recorded objects are small ones. Real ones are large where their authors write: in the environment of
 * their containers, the same in all events about a pod, and in `managedFields`, which say of each field
 * who wrote it last and when. Both stand before `status`, as in the objects of an API server.
 */

type Json = Record<string, unknown>

interface Event {
  readonly requestObject?: Json
  readonly responseObject?: Json
  readonly stageTimestamp: string
}

/** Variables of a container: about 1 KB. */
const VARIABLES = 12

/** The event with objects that are as large as it takes for it to have so many bytes. */
export function filled(text: string, bytes: number): string {
  if (text.length > bytes) return text
  const event = JSON.parse(text) as Event
  const { requestObject: asked, responseObject: answer, stageTimestamp } = event
  addEnvironment(asked)
  addEnvironment(answer)
  const missing = bytes - JSON.stringify(event).length
  const object = answer?.['kind'] === 'Status' ? asked : answer
  if (object && missing > 0) addManagedFields(object, stageTimestamp, missing)
  return JSON.stringify(event)
}

/** To the first container of a pod, or of the pods that an object is a template of. */
function addEnvironment(object: Json | undefined): void {
  const spec = object?.['spec'] as Json | undefined
  const template = spec?.['template'] as Json | undefined
  const podSpec = (template?.['spec'] as Json | undefined) ?? spec
  const [container] = (podSpec?.['containers'] as Json[] | undefined) ?? []
  if (!container) return
  container['env'] = Array.from({ length: VARIABLES }, (_, i) => ({
    name: `SETTING_${i}`,
    value: `something that is set for a program, number ${i}`,
  }))
}

function addManagedFields(object: Json, timestamp: string, bytes: number): void {
  const fields: Json = {}
  const time = `${timestamp.slice(0, 19)}Z`
  const entry = { manager: 'kubelet', operation: 'Update', time, fieldsV1: fields }
  object['metadata'] = { ...(object['metadata'] as Json), managedFields: [entry] }
  for (let i = 0; JSON.stringify(fields).length < bytes; i++) {
    fields[`k:{"name":"SETTING_${i}"}`] = { '.': {}, 'f:name': {}, 'f:value': {} }
  }
}
