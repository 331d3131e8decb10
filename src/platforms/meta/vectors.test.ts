import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Conversion, MatchKeys } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { buildPlatform, isSkip, type PlatformEvent } from '../platform.ts';
import { meta } from './index.ts';
import { buildUserData } from './user-data.ts';

type WrittenConversion = Omit<Conversion, 'occurredAt'> & { readonly occurredAt: string };

interface RequestVector {
  readonly title: string;
  readonly now: string;
  readonly settings: unknown;
  readonly conversions: readonly WrittenConversion[];
  readonly expected: Omit<HttpRequest, 'body'> & { readonly body: unknown };
}

interface SkipVectors {
  readonly now: string;
  readonly settings: unknown;
  readonly cases: readonly {
    readonly title: string;
    readonly conversion: WrittenConversion;
    readonly reason: string;
  }[];
}

interface ResponseVector {
  readonly title: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly count: number;
  readonly outcome: Outcome;
}

interface UserDataVector {
  readonly field: 'email' | 'phone' | 'firstName' | 'lastName' | 'city' | 'state' | 'zip' | 'country';
  readonly input: string;
  readonly hashes: readonly string[] | null;
  readonly note: string;
}

const DIRECTORY = join(import.meta.dirname, 'vectors');
const TABLES = ['skips.json', 'responses.json', 'user-data.json'];

function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as T;
}

const readConversion = (written: WrittenConversion): Conversion => ({
  ...written,
  occurredAt: new Date(written.occurredAt),
});

function openMeta(settings: unknown) {
  const stored = { credentials: { access_token: 'EAABtoken' }, settings };
  const opened = buildPlatform(meta).open(stored, () => 'https://graph.facebook.com');
  if (opened.kind !== 'opened') throw new Error(opened.reason);
  return opened;
}

describe('whole requests', () => {
  const files = readdirSync(DIRECTORY).filter((file) => !TABLES.includes(file));
  test.each(files)('%s', (file) => {
    const vector = readVectors<RequestVector>(file);
    const opened = openMeta(vector.settings);
    const now = Date.parse(vector.now);
    const events = vector.conversions.map((written) => opened.buildEvent(readConversion(written), now));
    const request = opened.buildRequest(
      events.filter((event): event is PlatformEvent => !isSkip(event)),
      null,
    );
    expect({ ...request, body: JSON.parse(request.body ?? '') }).toEqual(vector.expected);
  });
});

describe('what is not sent', () => {
  const { now, settings, cases } = readVectors<SkipVectors>('skips.json');
  test.each(cases)('$title', ({ conversion, reason }) => {
    const event = openMeta(settings).buildEvent(readConversion(conversion), Date.parse(now));
    expect(event).toEqual({ kind: 'skip', reason });
  });
});

describe('answers', () => {
  test.each(readVectors<ResponseVector[]>('responses.json'))('$title', (vector) => {
    const body = typeof vector.body === 'string' ? vector.body : JSON.stringify(vector.body);
    const answer = meta.readResponse({ ...vector, body }, vector.count);
    expect(answer).toEqual({ scope: 'all', outcome: vector.outcome });
  });
});

describe('user_data', () => {
  const keys = {
    email: 'em',
    phone: 'ph',
    firstName: 'fn',
    lastName: 'ln',
    city: 'ct',
    state: 'st',
    zip: 'zp',
    country: 'country',
  } as const;
  const nobody: MatchKeys = {
    ...readVectors<SkipVectors>('skips.json').cases[0]?.conversion.match,
    externalIds: [],
    clientIp: null,
    userAgent: null,
    fbc: null,
    fbp: null,
  } as MatchKeys;
  test.each(readVectors<UserDataVector[]>('user-data.json'))('$field $input: $note', (vector) => {
    const data = buildUserData({ ...nobody, [vector.field]: vector.input });
    expect(data).toEqual(vector.hashes === null ? {} : { [keys[vector.field]]: vector.hashes });
  });
});

test('the log keeps the network of an address and not the address', () => {
  const redacted = (ip: string) => meta.redact({ user_data: { client_ip_address: ip, fbp: 'x' } });
  expect(redacted('203.0.113.77')).toEqual({ user_data: { client_ip_address: '203.0.113.0/24', fbp: 'x' } });
  expect(redacted('2001:db8:1:2::7')).toEqual({
    user_data: { client_ip_address: '2001:db8:1::/48', fbp: 'x' },
  });
  expect(redacted('2001:db8::7')).toEqual({ user_data: { client_ip_address: '2001:db8::/48', fbp: 'x' } });
});

test('a token that would break a header is refused when it is saved', () => {
  expect(meta.credentials.safeParse({ access_token: 'a\r\nx: y' }).success).toBe(false);
  expect(meta.credentials.safeParse({ access_token: 'EAAB', other: 1 }).success).toBe(false);
});

test('a test event is no event that a campaign counts', () => {
  const request = openMeta({ pixel_id: '1', test_event_code: 'TEST1' }).buildTestRequest(
    1_795_348_800_000,
    null,
  );
  const body: unknown = JSON.parse(request.body ?? '');
  expect(body).toMatchObject({ test_event_code: 'TEST1', data: [{ event_name: 'RastroTest' }] });
});
