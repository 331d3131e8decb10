import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { waitFor } from './wait-for.ts';

/** Everything that a Redis holds, keys and values, as one text. */
export async function readRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys('*');
    const values = await Promise.all(keys.map((key) => redis.get(key).catch(() => '')));
    return keys.map((key, index) => `${key} ${values[index] ?? ''}`).join('\n');
  } finally {
    redis.disconnect();
  }
}

/** Everything that a Memcached holds, keys and values, as one text: by its crawler, which lists the keys. */
export async function readMemcached(address: string): Promise<string> {
  const listed = await waitFor('Memcached to list its keys', () => listKeys(address));
  const keys = [...listed.matchAll(/^key=(\S+)/gm)].map(([, key = '']) => decodeURIComponent(key));
  let text = '';
  for (const key of keys) {
    const answer = await talk(address, `get ${key}\r\n`, /END\r\n$/);
    // The crawler lists what has ended too, until somebody asks for it.
    if (answer.startsWith('VALUE')) text += answer;
  }
  return text;
}

/** Its crawler goes its own rounds, and is too busy for ours meanwhile. */
async function listKeys(address: string): Promise<string> {
  const listed = await talk(address, 'lru_crawler metadump all\r\n', /END\r\n$|^ERROR|^CLIENT_ERROR|^BUSY/);
  if (!listed.endsWith('END\r\n')) throw new Error(listed);
  return listed;
}

function talk(address: string, command: string, end: RegExp): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), host, () => socket.write(command));
    socket.setEncoding('latin1');
    socket.setTimeout(30_000, () => socket.destroy(new Error('Memcached did not answer.')));
    socket.on('error', reject);
    socket.on('data', (piece: string) => {
      answer += piece;
      if (!end.test(answer)) return;
      socket.destroy();
      resolve(answer);
    });
  });
}
