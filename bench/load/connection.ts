import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer, as far as the generator reads it. */
export interface Answer {
  readonly status: string;
  readonly hasToken: boolean;
  /** From when the request was due, ms. */
  readonly delay: number;
}

/** A connection that carries one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: Connection, answer: Answer) => void;
  #dueAt = 0;
  #received = '';

  constructor(socket: Socket, onAnswer: (connection: Connection, answer: Answer) => void) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#read(chunk));
  }

  send(request: string, dueAt: number): void {
    this.#dueAt = dueAt;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** An answer is whole when its declared length has come: the measured servers all declare one. */
  #read(chunk: string): void {
    this.#received = this.#received === '' ? chunk : this.#received + chunk;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const answer = {
      status: this.#received.slice(9, 12),
      hasToken: this.#received.includes('?start='),
      delay: performance.now() - this.#dueAt,
    };
    this.#received = '';
    this.#onAnswer(this, answer);
  }
}

/** Opens a connection to a port of this machine; `onBreak` is told when the server ends it. */
export async function openConnection(
  port: number,
  on: { answer: (connection: Connection, answer: Answer) => void; break: () => void },
): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const connection = new Connection(socket, on.answer);
  await once(socket, 'connect');
  socket.on('error', () => undefined).on('end', on.break);
  return connection;
}
