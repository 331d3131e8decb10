// What must lose clicks: the same load, the same log and the same kills, but the visitor is answered before the click is
// written, as a server does that keeps it in memory "for a moment": `node control-server.ts <log directory> <port>`.
import { createServer } from 'node:http';
import { buildTrackingToken } from '../../src/domain/ids.ts';
import { openLogWriter } from '../../src/log/writer.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const log = await openLogWriter({ directory });

createServer((request, response) => {
  const token = buildTrackingToken();
  response.writeHead(302, { location: `https://t.me/control_bot?start=${token}`, 'content-length': 0 });
  response.end();
  response.once('finish', () => {
    void log.append(JSON.stringify({ kind: 'click', at: Date.now(), token, url: request.url }));
  });
}).listen(Number(port), '127.0.0.1');
