import { expect, test } from 'vitest';
import type { StreamState } from '../log/nats/capture-stream.ts';
import type { StreamFacts } from '../log/nats/stream-identity.ts';
import type { StreamSettings } from '../log/nats/stream-settings.ts';
import { checkStream } from './check-stream.ts';

const settings: StreamSettings = {
  ...{ servers: ['a:4222', 'b:4222'], user: 'me', password: 'the secret', isTls: false, credsFile: null },
  ...{ stream: 'RASTRO_CAPTURE', replicas: 3, timeoutMs: 1000 },
};

const facts: StreamFacts = {
  ...{ id: 'x', firstSequence: 1, lastSequence: 9, messages: 9, bytes: 900, replicas: 3, currentReplicas: 3 },
  danger: null,
};

interface Case {
  readonly refusal?: string;
  readonly name: string;
  readonly state: StreamState;
  readonly expected: 'ok' | 'warning' | 'fault';
  readonly detail: RegExp;
  readonly fix: RegExp;
}

const seen = (changes: Partial<StreamFacts>): StreamState => ({
  facts: { ...facts, ...changes },
  trouble: null,
});

const CASES: readonly Case[] = [
  { name: 'all is well', state: seen({}), expected: 'ok', detail: /3 copies up to date/, fix: /^$/ },
  {
    name: 'the cluster is away',
    state: { facts, trouble: 'timeout' },
    ...{ expected: 'fault', detail: /cannot be used: timeout/, fix: /CAPTURE_LOG_URL/ },
  },
  {
    name: 'it was never seen',
    state: { facts: null, trouble: 'no stream' },
    ...{ expected: 'fault', detail: /no stream/, fix: /on this machine’s disk/ },
  },
  {
    name: 'it drops records by age',
    state: seen({ danger: 'it drops records by age (max_age), folded or not' }),
    ...{ expected: 'fault', detail: /by age/, fix: /--max-age=0/ },
  },
  {
    name: 'it takes nothing',
    state: seen({}),
    refusal: 'insufficient resources',
    ...{ expected: 'fault', detail: /refuses records: insufficient/, fix: /max_file_store/ },
  },
  {
    name: 'there are too few copies',
    state: seen({ replicas: 1, currentReplicas: 1 }),
    ...{ expected: 'warning', detail: /1 of 3 copies/, fix: /Start more nodes/ },
  },
  {
    name: 'a copy lags',
    state: seen({ currentReplicas: 2 }),
    ...{ expected: 'warning', detail: /2 of 3 copies are up to date/, fix: /Start the node/ },
  },
];

test.each(CASES)('$name', async ({ state, expected, detail, fix, refusal }) => {
  const probe = async () => {
    if (refusal !== undefined) throw new Error(refusal);
    return 1.5;
  };
  const finding = await checkStream({ settings, state, look: async () => undefined, probe });
  expect(finding.state).toBe(expected);
  expect(finding.detail).toMatch(detail);
  expect(finding.state === 'ok' ? '' : finding.fix).toMatch(fix);
  expect(JSON.stringify(finding)).not.toContain('the secret');
});
