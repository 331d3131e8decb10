import { createHmac, randomUUID } from 'node:crypto';
import {
  answer,
  postWebhook,
  startVendor,
  type VendorRequest,
  type VendorServer,
} from '../../src/simulators/vendor-server.ts';

/** Any program that takes Standard Webhooks and sends some. */
export interface WebhookReceiver extends VendorServer {
  /** Ids of the messages of a type that were taken, each once. */
  taken(type: string): ReadonlySet<string>;
  /** Sends a signed message. */
  tell(
    url: string,
    body: unknown,
    manner?: { readonly times?: number; readonly secret?: string; readonly at?: number },
  ): Promise<number[]>;
  /** Answers 401 from now on, or 200 again. */
  refuse(isRefusing: boolean): void;
}

/** Starts it; `secret` is a `whsec_…`. */
export async function startWebhookReceiver(options: { readonly secret: string }): Promise<WebhookReceiver> {
  let isRefusing = false;
  const messages: VendorRequest[] = [];
  const server = await startVendor((request) => {
    if (isRefusing) return answer(401, 'no');
    messages.push(request);
    return answer(200, 'ok');
  });
  return {
    ...server,
    taken: (type) => {
      const ofType = messages.filter((one) => one.json.type === type);
      return new Set(ofType.map((one) => String(one.headers['webhook-id'])));
    },
    refuse: (given) => {
      isRefusing = given;
    },
    tell: (url, message, manner = {}) => {
      const body = typeof message === 'string' ? message : JSON.stringify(message);
      const id = `msg_${randomUUID()}`;
      const timestamp = String(Math.floor((manner.at ?? Date.now()) / 1000));
      const key = Buffer.from((manner.secret ?? options.secret).replace('whsec_', ''), 'base64');
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      return postWebhook(url, { headers, body, times: manner.times ?? 1 });
    },
  };
}
