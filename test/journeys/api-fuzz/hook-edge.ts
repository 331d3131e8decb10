import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { buildSignatures } from '../../../src/crms/standard-webhook.ts';
import type { Attempt } from './exchange.ts';
import { oddText, oddValue } from './odd-values.ts';
import { oddHeader, rawWord } from './odd-words.ts';
import { CRM_SECRET, SECRET } from './shop-of-oddities.ts';
import { good } from './site-edge.ts';

const json = { 'content-type': 'application/json' };

/** Updates of Telegram with the right secret. */
export const updates = (botId: string) =>
  fc
    .record(
      {
        update_id: fc.oneof(
          fc.integer({ min: 100, max: 1_000_000 }),
          fc.constantFrom<unknown>(2 ** 53 - 1, 2 ** 31, -1, 1e21, '1'),
        ),
        message: fc.oneof(
          oddValue,
          fc.record({
            message_id: good(1),
            date: good(1),
            chat: good({ id: 55, type: 'private' }),
            from: good({ id: 55, is_bot: false, first_name: 'x' }),
            text: fc.oneof(
              oddValue,
              oddText.map((text) => `/start ${text}`),
            ),
            entities: good([{ type: 'bot_command', offset: 0, length: 6 }]),
          }),
        ),
        callback_query: fc.oneof(
          oddValue,
          fc.record({
            id: good('1'),
            from: good({ id: 55, is_bot: false, first_name: 'x' }),
            data: fc.oneof(
              oddValue,
              oddText.map((text) => `buy:${text}`),
            ),
            message: oddValue,
          }),
        ),
        my_chat_member: oddValue,
      },
      { requiredKeys: ['update_id'] },
    )
    .map(
      (update): Attempt => ({
        method: 'POST',
        path: `/telegram/webhook/${botId}`,
        headers: { ...json, 'x-telegram-bot-api-secret-token': SECRET },
        body: JSON.stringify(update),
      }),
    );

/** Webhooks of gateways, CRMs and Telegram that nobody has signed. */
export const hooks = (ids: ReadonlyMap<string, string>) =>
  fc
    .record({
      path: fc.constantFrom(
        `/webhooks/payments/sandbox/${ids.get('gateways')}`,
        `/webhooks/payments/constructor/${ids.get('gateways')}`,
        '/webhooks/payments/stripe/%00',
        '/webhooks/payments/%ff/x',
        `/webhooks/crm/${ids.get('crm-connections')}`,
        '/webhooks/crm/%00',
        '/webhooks/crm/__proto__',
        '/telegram/webhook/%00',
        '/telegram/webhook/__proto__',
      ),
      query: rawWord,
      header: fc.constantFrom(
        'webhook-signature',
        'webhook-timestamp',
        'x-signature',
        'stripe-signature',
        'x-hubspot-signature-v3',
        'x-telegram-bot-api-secret-token',
        'authorization',
        'asaas-access-token',
      ),
      text: oddHeader,
      body: oddValue,
    })
    .map(
      ({ path, query, header, text, body }): Attempt => ({
        method: 'POST',
        path: `${path}?${query}=${query}`,
        headers: { ...json, 'webhook-id': text, [header]: text },
        body: JSON.stringify(body) ?? '',
      }),
    );

/** Webhooks of the CRM with its right signature, most about a lead that is there. */
export const signedHooks = (ids: ReadonlyMap<string, string>): fc.Arbitrary<Attempt> =>
  fc
    .record(
      {
        email: good('planted.person+2@odd.example'),
        external_id: oddValue,
        phone: oddValue,
        stage: fc.oneof(fc.constantFrom<unknown>('won', 'lost', 'proposal'), oddValue),
        value: oddValue,
        currency: good('BRL'),
        occurred_at: oddValue,
        event_id: oddValue,
        type: oddValue,
        data: oddValue,
      },
      { requiredKeys: ['email', 'stage'] },
    )
    .map((event): Attempt => {
      const body = JSON.stringify(event);
      const message = { id: randomUUID(), timestamp: String(Math.floor(Date.now() / 1000)), body };
      const signature = buildSignatures([CRM_SECRET], message);
      return {
        method: 'POST',
        path: `/webhooks/crm/${ids.get('crm-connections')}`,
        headers: {
          ...json,
          'webhook-id': message.id,
          'webhook-timestamp': message.timestamp,
          'webhook-signature': signature,
        },
        body,
      };
    });
