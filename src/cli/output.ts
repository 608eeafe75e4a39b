/**
 * Writes a text and waits until it has left. The process ends with its command, and a pipe takes no
 * more than 64 KiB at a time. Resolves also where nobody reads any more.
 */
export function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()))
}
