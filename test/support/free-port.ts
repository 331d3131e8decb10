import { createServer } from 'node:net';

// Below the ports that systems choose from by themselves: what is free here is not given to a connection before the
// server that it was looked for has taken it; and above those that browsers refuse to ask. Each process looks from a place of its own.
const FIRST = 12_000;
const COUNT = 18_000;

let next = (process.pid * 7_919) % COUNT;

/** A TCP port of 127.0.0.1 that nothing listens on at this moment; this process is never told it again. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries += 1) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
