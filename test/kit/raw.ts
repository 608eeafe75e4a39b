import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { atEnd } from './cleanup.ts'
import { freePort } from './processes.ts'

// TCP as a test writes it down: which bytes go in which call, and which are read before the next.

/** One end of a connection. It sends what it is told at once, each call a segment of its own. */
export class RawSocket {
  readonly localPort: number
  readonly closed: Promise<void>
  #socket: Socket
  #chunks: Buffer[] = []
  #length = 0
  #over = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    this.localPort = socket.localPort!
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#wake()
    })
    socket.on('end', () => this.#finish())
    socket.on('error', () => this.#finish())
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish()
        resolve()
      })
    })
    const forget = atEnd('connection', () => socket.destroy())
    void this.closed.then(forget)
  }

  /** Sends bytes by one system call. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    if (bytes.length === 0) return
    await new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => resolve())
    })
  }

  /** Reads exactly this many bytes; fails when the connection ends before. */
  async take(bytes: number): Promise<string> {
    await this.#until(() => this.#length >= bytes)
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all.subarray(bytes)]
    this.#length -= bytes
    return all.toString('latin1', 0, bytes)
  }

  /** Reads up to and with a text. */
  async takeUntil(text: string): Promise<string> {
    let end = -1
    await this.#until(() => (end = Buffer.concat(this.#chunks).indexOf(text, 0, 'latin1')) >= 0)
    return this.take(end + text.length)
  }

  /** Reads until the other end stops sending or breaks the connection off. */
  async takeRest(): Promise<string> {
    while (!this.#over) await this.#more()
    return this.take(this.#length)
  }

  /** Stops reading, so that what comes waits in the kernel. */
  pause(): void {
    this.#socket.pause()
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume()
  }

  /** Sends no more, and still reads. */
  end(): void {
    this.#socket.end()
  }

  /** Breaks the connection off with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Closes both directions. */
  close(): void {
    this.#socket.destroy()
  }

  async #until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.#over) throw new Error(`the connection ended after ${this.#length} bytes`)
      await this.#more()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  #finish(): void {
    this.#over = true
    this.#wake()
  }
}

/** Both ends of a connection to a port of its own. */
export interface RawPair {
  client: RawSocket
  server: RawSocket
  port: number
  /** The client stops first; returns when both ends are closed. */
  close: () => Promise<void>
}

interface RawPlace {
  /** Where the server listens. */
  host?: string
  /** What the client connects to; `host` if not given. */
  to?: string
}

/** Connects a client to a server, both in this process. */
export async function rawPair({ host = '127.0.0.1', to = host }: RawPlace = {}): Promise<RawPair> {
  const listener = createServer({ allowHalfOpen: true })
  const port = await freePort()
  listener.listen(port, host)
  await once(listener, 'listening')
  const accepted = once(listener, 'connection') as Promise<[Socket]>
  const client = await rawClient(port, to)
  const [socket] = await accepted
  listener.close()
  const server = new RawSocket(socket)
  return { client, server, port, close: () => closeBoth(client, server) }
}

async function closeBoth(client: RawSocket, server: RawSocket): Promise<void> {
  client.close()
  await client.closed
  await server.takeRest()
  server.close()
  await server.closed
}

/** Connects to a server. */
export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawSocket> {
  const socket = connect({ port, host, allowHalfOpen: true })
  await once(socket, 'connect')
  return new RawSocket(socket)
}

/** Sends a text by one system call and reads it at the other end. */
export async function pass(from: RawSocket, to: RawSocket, text: string): Promise<void> {
  await from.send(text)
  await to.take(text.length)
}

/** Sends bytes one by one, each only when the other end has read the one before. */
export async function sendSingly(from: RawSocket, to: RawSocket, data: string): Promise<string> {
  let got = ''
  for (const byte of data) {
    await from.send(byte)
    got += await to.take(1)
  }
  return got
}
