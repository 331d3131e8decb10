import fc from 'fast-check';
import type { Attempt } from './exchange.ts';
import { oddText, oddValue } from './odd-values.ts';

const SITE = 'https://odd.example';

const json = { 'content-type': 'application/json' };

/** Mostly this value, sometimes an odd one. */
export const good = <Value>(value: Value, odd: fc.Arbitrary<unknown> = oddValue): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(value) }, { weight: 1, arbitrary: odd });

/** What pages report of a click. */
export const cookies = (token: string) =>
  fc
    .record({
      path: fc.constantFrom('/api/tracking/cookies', '/api/tracking/consent'),
      type: fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded'),
      fields: fc.record(
        {
          tracking_token: fc.oneof(fc.constant<unknown>(token), oddValue),
          _fbp: oddValue,
          _fbc: oddValue,
          page_type: oddValue,
          ads: fc.oneof(fc.constantFrom<unknown>('granted', 'denied'), oddValue),
          bot_id: oddValue,
        },
        { requiredKeys: ['tracking_token', 'ads'] },
      ),
    })
    .map(
      ({ path, type, fields }): Attempt => ({
        method: 'POST',
        path,
        headers: { 'content-type': type },
        body: type.includes('form')
          ? new URLSearchParams(
              Object.entries(fields).map(([name, value]): [string, string] => [
                name,
                String(JSON.stringify(value)).replaceAll(/^"|"$/g, ''),
              ]),
            ).toString()
          : JSON.stringify(fields),
      }),
    );

function itemsOf(): fc.Arbitrary<unknown> {
  const now = new Date().toISOString();
  return fc.record(
    {
      type: fc.constantFrom('page_view', 'event', 'lead', 'constructor'),
      id: fc.oneof(fc.uuid(), oddText),
      occurred_at: good(now, oddText),
      page_url: good(`${SITE}/p?gclid=%00&utm_source=%ff`, oddText),
      referrer: oddValue,
      title: oddValue,
      time_on_page: oddValue,
      event_type: good('x', oddText),
      event_value: oddValue,
      event_data: oddValue,
      element_class: oddValue,
      name: oddValue,
      email: oddValue,
      phone: oddValue,
      company: oddValue,
      external_id: oddValue,
      extensions: oddValue,
      metadata: oddValue,
      cookies: oddValue,
      consent: good({ ads: 'granted', analytics: 'granted' }),
    },
    { requiredKeys: ['type', 'id', 'occurred_at', 'page_url', 'event_type'] },
  );
}

/** Batches of a site’s script. */
export const visits = (domainId: string) =>
  fc
    .record(
      {
        domain_id: good(domainId),
        session_id: good('s', oddText),
        visitor_id: oddValue,
        sent_at: good(new Date().toISOString(), oddText),
        items: fc.oneof(
          { weight: 8, arbitrary: fc.array(itemsOf(), { maxLength: 5 }) },
          { weight: 1, arbitrary: oddValue },
        ),
      },
      { requiredKeys: ['domain_id', 'session_id', 'sent_at', 'items'] },
    )
    .map(
      (batch): Attempt => ({
        method: 'POST',
        path: '/api/collect',
        headers: { 'content-type': 'text/plain', origin: SITE },
        body: JSON.stringify(batch),
      }),
    );

/** Leads of a site’s server. */
export const leads = (domainId: string) =>
  fc
    .record(
      {
        domain_id: good(domainId),
        name: oddValue,
        email: oddValue,
        phone: oddValue,
        page_url: good(SITE),
        message: oddValue,
        metadata: oddValue,
        external_id: oddValue,
        consent: oddValue,
        _next: oddValue,
      },
      { requiredKeys: ['domain_id'] },
    )
    .map(
      (fields): Attempt => ({
        method: 'POST',
        path: '/api/leads',
        headers: json,
        body: JSON.stringify(fields),
      }),
    );

/** Plain forms. */
export const forms = (domainId: string) =>
  fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.constantFrom('name', 'email', '_next', '__proto__', 'metadata[a]', 'page_url', 'constructor'),
          oddText,
        ),
        { maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([pairs, isMultipart]): Attempt => {
      const fields = [
        ['domain_id', domainId],
        ...pairs.map(([name, text]) => [name, text.toWellFormed()]),
      ] as [string, string][];
      if (!isMultipart)
        return {
          method: 'POST',
          path: '/api/leads',
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: SITE },
          body: new URLSearchParams(fields).toString(),
        };
      const parts = fields.map(
        ([name, text]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
      );
      return {
        method: 'POST',
        path: '/api/leads',
        headers: { 'content-type': 'multipart/form-data; boundary=b', origin: SITE },
        body: `${parts.join('')}--b--\r\n`,
      };
    });
