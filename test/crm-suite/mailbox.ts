import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** An SMTP server on loopback that keeps what it takes. */
export interface Mailbox {
  readonly host: string;
  readonly port: number;
  /** Whole messages, headers included. */
  readonly mails: readonly string[];
  /** Refuses every sign-in from now on, or takes them again. */
  refuse(isRefusing: boolean): void;
  close(): Promise<void>;
}

/** Starts it; `user` and `password` are the only ones it knows. */
export async function startMailbox(options: {
  readonly user: string;
  readonly password: string;
}): Promise<Mailbox> {
  const mails: string[] = [];
  const state = { isRefusing: false };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    converse(
      socket,
      (credentials) => !state.isRefusing && credentials === `\0${options.user}\0${options.password}`,
      mails,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    mails,
    refuse: (isRefusing) => {
      state.isRefusing = isRefusing;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function converse(socket: Socket, isGood: (credentials: string) => boolean, mails: string[]): void {
  let pending = '';
  let letter: string | null = null;
  const say = (line: string) => socket.write(`${line}\r\n`);
  say('220 mailbox ESMTP');
  socket.on('data', (chunk) => {
    pending += chunk.toString('utf8');
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (letter !== null) {
        if (line !== '.') letter += `${line}\n`;
        else {
          mails.push(letter);
          letter = null;
          say('250 taken');
        }
        continue;
      }
      const command = line.toUpperCase();
      if (command.startsWith('EHLO')) say('250-mailbox\r\n250 AUTH PLAIN');
      else if (command.startsWith('AUTH PLAIN ')) {
        const given = Buffer.from(line.slice(11), 'base64').toString('utf8');
        say(isGood(given) ? '235 welcome' : '535 5.7.8 no');
      } else if (command === 'DATA') {
        letter = '';
        say('354 go on');
      } else if (command === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say('250 ok');
    }
  });
}
