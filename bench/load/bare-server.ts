// What everything is measured against, a process of its own: `node:http` that reads a request and gives a constant
// answer, 302 or 202. Tells its port over its channel, and ends with it.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer: RequestListener = (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(302, ['location', 'https://t.me/sample_shop_bot', 'content-length', '0']);
    response.end();
    return;
  }
  request
    .on('data', () => undefined)
    .on('end', () => {
      response.writeHead(202, ['content-type', 'application/json', 'content-length', '28']);
      response.end('{"accepted":1,"rejected":[]}');
    });
};

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
