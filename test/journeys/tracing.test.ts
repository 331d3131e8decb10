import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { ask, clickAd, eventAtMeta, openSalesWorld, type SalesWorld } from './sales-world.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** What an OpenTelemetry collector has received, as it came. */
const posts: { readonly path: string; readonly key: unknown; readonly body: string }[] = [];
const collector = createServer((request, response) => {
  const key = request.headers['x-collector-key'];
  void text(request).then((body) => {
    posts.push({ path: request.url ?? '', key, body });
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

const readSpans = (): Span[] =>
  posts.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: Span[] }[] }) =>
      resource.scopeSpans.flatMap((scope) => scope.spans),
    ),
  );

const findSpan = (name: string) => readSpans().find((span) => span.name === name);
const findBelow = (parent: Span, name: string) =>
  readSpans().find((span) => span.parentSpanId === parent.spanId && span.name === name);
const read = (span: Span, key: string) => span.attributes.find((one) => one.key === key)?.value.stringValue;

let world: SalesWorld;

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  world = await openSalesWorld({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=of%20the%20tests',
  });
});
afterAll(() => {
  collector.close();
});

describe('traces for OpenTelemetry', () => {
  it('tell of requests, folding and deliveries, each below what it belongs to', async () => {
    const { token } = await clickAd(world, 'fbclid=Traced1&utm_campaign=rastros');
    await eventAtMeta(world, `evt_${token}`);
    await ask(world.server, 'GET', '/pools');
    const delivery = await waitFor('the delivery and its request', () => {
      const deliveries = readSpans().filter((span) => span.name === 'deliver');
      // A look at a destination that had nothing left to send is one too.
      return deliveries.find((span) => findBelow(span, 'outbound request'));
    });
    const sent = findBelow(delivery, 'outbound request');
    expect(sent?.traceId).toBe(delivery.traceId);
    expect(sent && read(sent, 'server.address')).toMatch(/^127\.0\.0\.1/);
    await waitFor('the click', () => findSpan('GET /go/:slug'));
    await waitFor('the fold', () => findSpan('fold'));
    const asked = await waitFor('the question', () => findSpan('GET /api/v1/pools'));
    const query = await waitFor('its query', () => findBelow(asked, 'database query'));
    expect(read(query, 'db.query.text')).toMatch(/^select/);
  });

  it('hold no secret and nothing of the person, and carry the collector’s key', () => {
    expect(new Set(posts.map(({ path, key }) => `${path} ${String(key)}`))).toEqual(
      new Set(['/v1/traces of the tests']),
    );
    const told = posts.map(({ body }) => body).join('\n');
    for (const secret of [
      world.bot.token,
      world.bot.secret,
      'EAAtest-token',
      'Traced1',
      'rastros',
      'SM-S911B',
    ]) {
      expect(told, secret).not.toContain(secret);
    }
  });
});
