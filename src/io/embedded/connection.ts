import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Engine, Notification } from './engine.ts';
import { Session, type SessionOwner } from './session.ts';
import type { TurnAnswer, Turns } from './turns.ts';
import { buildError, buildReady, ClientReader, type WireError } from './wire.ts';

/** What all connections to one engine have in common. */
export type Shared = {
  engine: Engine;
  turns: Turns;
  owner: SessionOwner;
  greeting: Buffer;
  idleInTransactionMs: number;
  publish: (notifications: Notification[]) => void;
  /** The engine threw something that is no answer: it cannot be trusted any more. */
  broken: (error: unknown) => void;
};

type Batch = { messages: Buffer[]; flushOnly: boolean };

const refusals: Record<Exclude<TurnAnswer, 'granted' | 'left'>, WireError> = {
  'holder-is-idle': {
    severity: 'ERROR',
    code: '55P03',
    message: 'the embedded database is held by an open transaction that does nothing',
    hint: 'Most likely the root handle is used inside a transaction: use the transaction handle there. The embedded database has one session; while a transaction is open on it, everything else waits.',
  },
  overloaded: {
    severity: 'ERROR',
    code: '55P03',
    message: 'the embedded database did not get to this query in time: it is overloaded',
    hint: 'Move to a PostgreSQL server with DATABASE_URL.',
  },
};

/** One client of the embedded database: reads its messages and runs them, a sequence at a time, in its turns. */
export class Connection {
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #session: Session;
  readonly #reader = new ClientReader();
  #open = false;
  #closed = false;
  #busy = false;
  #skipping = false;
  #pending: Buffer[] = [];
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: Shared, id: number) {
    this.#socket = socket;
    this.#shared = shared;
    this.#session = new Session(shared.engine, shared.owner, id);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => void this.#leave());
  }

  /** Sends the notifications that this client listens to. */
  notify(notifications: Notification[]): void {
    for (const { channel, bytes } of notifications) {
      if (this.#session.listensTo(channel)) this.#write(bytes);
    }
  }

  /** Tells the client why, and hangs up. */
  end(error: Omit<WireError, 'severity'>): void {
    this.#write(buildError({ severity: 'FATAL', ...error }));
    this.#socket.destroySoon();
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    try {
      while (!this.#open && this.#greet());
      if (this.#open) void this.#work();
    } catch {
      this.end({ code: '08P01', message: 'this is not the protocol of PostgreSQL' });
    }
  }

  #greet(): boolean {
    const opening = this.#reader.opening();
    if (opening === 'encryption') return this.#write(Buffer.from('N'));
    if (opening === 'cancel') this.#socket.destroy();
    if (opening === 'unknown-protocol')
      this.end({ code: '0A000', message: 'only protocol 3 is spoken here' });
    if (opening !== 'startup') return false;
    this.#open = true;
    return this.#write(this.#shared.greeting);
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let batch = this.#cut(); batch !== null && !this.#closed; batch = this.#cut()) {
        await this.#run(batch);
        if (this.#socket.writableNeedDrain) await this.#drained();
      }
    } catch {
      this.end({ code: '08P01', message: 'a message could not be read' });
    } finally {
      this.#busy = false;
    }
  }

  // The event that loses the race must not leave its listeners on the socket.
  async #drained(): Promise<void> {
    const race = new AbortController();
    const { signal } = race;
    await Promise.race(['drain', 'close'].map((event) => once(this.#socket, event, { signal })));
    race.abort();
  }

  // Messages up to one after which the client expects an answer.
  #cut(): Batch | null {
    for (let message = this.#reader.next(); message !== null; message = this.#reader.next()) {
      const { type } = message;
      if (type === 'X') this.#socket.end();
      if ('Xdcf'.includes(type)) continue;
      if (this.#skipping && type !== 'S') continue;
      this.#pending.push(...this.#session.translate(message));
      if (!'QSHF'.includes(type)) continue;
      const messages = this.#pending;
      this.#pending = [];
      return { messages, flushOnly: type === 'H' };
    }
    return null;
  }

  async #run(batch: Batch): Promise<void> {
    clearTimeout(this.#idleTimer);
    if (this.#skipping) {
      this.#skipping = false;
      this.#write(buildReady());
      return;
    }
    const hadTurn = this.#shared.turns.has(this);
    const answer = await this.#shared.turns.take(this);
    if (answer === 'left' || this.#closed) return;
    if (answer !== 'granted') return this.#refuse(batch, refusals[answer]);
    try {
      if (!hadTurn) this.#session.enter();
      this.#execute(batch);
    } catch (error) {
      this.#shared.broken(error);
    }
  }

  #execute(batch: Batch): void {
    const { engine, publish } = this.#shared;
    const { bytes, status, tags, notifications } = engine.execute(Buffer.concat(batch.messages));
    this.#session.note(tags);
    this.#write(bytes);
    if (notifications.length > 0) publish(notifications);
    if (status === 'I') this.#leaveTurn();
    else this.#keepTurn();
  }

  #keepTurn(): void {
    this.#shared.turns.idle(this);
    this.#idleTimer = setTimeout(() => this.#expire(), this.#shared.idleInTransactionMs);
  }

  #refuse(batch: Batch, error: WireError): void {
    this.#write(buildError(error));
    if (batch.flushOnly) this.#skipping = true;
    else this.#write(buildReady());
  }

  #expire(): void {
    this.end({ code: '25P03', message: 'terminating connection due to idle-in-transaction timeout' });
    void this.#leave();
  }

  #leaveTurn(): void {
    this.#session.forgetUnnamed();
    this.#shared.turns.leave(this);
  }

  async #leave(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    const { turns, broken } = this.#shared;
    if (!turns.has(this)) turns.leave(this);
    let answer = await turns.take(this);
    while (answer !== 'granted' && answer !== 'left') answer = await turns.take(this);
    if (answer === 'left') return;
    try {
      this.#session.clear();
    } catch (error) {
      broken(error);
    }
    turns.leave(this);
  }

  #write(bytes: Buffer): boolean {
    if (this.#socket.writable) this.#socket.write(bytes);
    return this.#socket.writable;
  }
}
