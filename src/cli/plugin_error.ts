/** What `--plugin` names cannot be used. The message has a line for each reason. */
export class PluginError extends Error {
  override readonly name = 'PluginError'
  readonly reasons: readonly string[]

  /** @param value what was given to `--plugin` */
  constructor(value: string, reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.map((reason) => `--plugin ${value}: ${reason}`).join('\n'), options)
    this.reasons = reasons
  }
}
