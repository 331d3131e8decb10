import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  buildVectorConversion,
  CREDENTIALS,
  type WrittenConversion,
} from '../../test/fixtures/vector-conversion.ts';
import { isSkip, type Platform, type PlatformEvent } from './platform.ts';
import { platforms } from './registry.ts';

interface RequestVector {
  readonly title: string;
  readonly now: string;
  readonly settings: unknown;
  readonly conversions: readonly WrittenConversion[];
  readonly expected?: unknown;
  readonly skip?: string;
}

interface ResponseVector {
  readonly title: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly count: number;
  readonly answer: unknown;
}

const NOW = Date.parse('2026-11-22T12:00:00.000Z');

const directoryOf = (platform: Platform) =>
  join(import.meta.dirname, platform.id.replaceAll('_', '-'), 'vectors');

function readVectors<T>(platform: Platform, file: string): readonly T[] {
  const path = join(directoryOf(platform), file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T[]) : [];
}

function open(platform: Platform, settings: unknown) {
  const host = (name: string) => `https://${name.toLowerCase().replaceAll('_', '-')}.example`;
  const opened = platform.open({ credentials: CREDENTIALS[platform.id], settings }, host);
  if (opened.kind !== 'opened') throw new Error(opened.reason);
  return opened;
}

const readAnswer = ({ status, headers, body }: ResponseVector) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Meta has a test of its own, with more kinds of vectors. */
const own = platforms.filter(({ id }) => id !== 'meta');

describe.each(own.map((platform) => [platform.id, platform] as const))('%s', (_id, platform) => {
  const requests = readVectors<RequestVector>(platform, 'requests.json');
  const [first] = requests;

  test.each(requests)('request: $title', (vector) => {
    const opened = open(platform, vector.settings);
    const now = Date.parse(vector.now);
    const built = vector.conversions.map((written) => opened.buildEvent(buildVectorConversion(written), now));
    if (vector.skip !== undefined) {
      expect(built).toEqual([{ kind: 'skip', reason: vector.skip }]);
      return;
    }
    const events = built.filter((event): event is PlatformEvent => !isSkip(event));
    const request = opened.buildRequest(events, 'ya29.token');
    expect({ ...request, body: JSON.parse(request.body ?? '') }).toEqual(vector.expected);
  });

  test.each(readVectors<ResponseVector>(platform, 'responses.json'))('answer: $title', (vector) => {
    const opened = open(platform, first?.settings);
    expect(opened.readResponse(readAnswer(vector), vector.count)).toEqual(vector.answer);
  });

  test.each([...readVectors<ResponseVector>(platform, 'status-responses.json')])(
    'status: $title',
    (vector) => {
      const opened = open(platform, first?.settings);
      expect(opened.readStatusResponse(readAnswer(vector), 'req-1')).toEqual(vector.answer);
    },
  );

  test.each([...readVectors<ResponseVector>(platform, 'token-responses.json')])('token: $title', (vector) => {
    expect(open(platform, first?.settings).token?.readResponse(readAnswer(vector))).toEqual(vector.answer);
  });

  test.each([...readVectors<ResponseVector>(platform, 'test-responses.json')])('test: $title', (vector) => {
    expect(open(platform, first?.settings).readTestResponse(readAnswer(vector))).toEqual(vector.answer);
  });

  test('every file of vectors is one that is read', () => {
    const kinds = ['requests', 'responses', 'status-responses', 'token-responses', 'test-responses'];
    const files = readdirSync(directoryOf(platform)).map((file) => file.replace('.json', ''));
    expect(files.filter((file) => !kinds.includes(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['requests', 'responses']));
  });

  test('the log keeps no address, name, e-mail or phone in clear', () => {
    const taken = requests.filter((vector) => vector.expected !== undefined);
    for (const vector of taken) {
      const opened = open(platform, vector.settings);
      for (const written of vector.conversions) {
        const event = opened.buildEvent(buildVectorConversion(written), Date.parse(vector.now));
        const kept = JSON.stringify(isSkip(event) ? {} : platform.redact(event));
        expect(kept).not.toMatch(/203\.0\.113\.77|maria|mike|11912345678|"Silva"/i);
      }
    }
  });

  test('a test event is marked, and is no event that a campaign counts', () => {
    const request = open(platform, first?.settings).buildTestRequest(NOW, 'ya29.token');
    expect(`${request.url} ${request.body}`).toMatch(/test/i);
    expect(request.body).not.toMatch(/"Purchase"|"purchase"|"isTest":false/);
  });

  test('a credential that would break a header, or a field that is not known, is refused', () => {
    const good = CREDENTIALS[platform.id] as Record<string, string>;
    const [key = ''] = Object.keys(good);
    expect(platform.credentials.safeParse(good).success).toBe(true);
    expect(platform.credentials.safeParse({ ...good, [key]: 'a\r\nx: y' }).success).toBe(false);
    expect(platform.credentials.safeParse({ ...good, other: 'x' }).success).toBe(false);
    expect(platform.settings.safeParse({ ...(first?.settings as object), other: 'x' }).success).toBe(false);
  });
});
