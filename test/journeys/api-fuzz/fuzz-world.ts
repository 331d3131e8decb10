import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { startVendor } from '../../../src/simulators/vendor-server.ts';
import { type FakeTelegram, startFakeTelegram } from '../../support/fake-telegram.ts';
import { startTestServer, TEST_API_KEY, type TestServer } from '../../support/server.ts';
import type { Json } from '../sales-world.ts';
import { type Attempt, findFault, type Reply, Sender } from './exchange.ts';
import { PLANTED_SECRETS } from './odd-values.ts';
import type { Schema } from './schema-bodies.ts';

/** An operation of the description. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly queryNames: readonly string[];
  /** Of its JSON body; absent if it takes none. */
  readonly body: Schema | undefined;
  /** Media types by status. */
  readonly answers: Readonly<Record<string, readonly string[]>>;
}

/** The running server with vendors that refuse everything, and what was found wrong with it. */
export interface FuzzWorld {
  readonly server: TestServer;
  readonly telegram: FakeTelegram;
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Ids of what exists, by the resource's name in the path. */
  readonly ids: Map<string, string>;
  /** Faults so far, each with what to send to see it again. */
  readonly faults: string[];
  /** Sends with the admin key unless the headers name another; faults are kept, not thrown. */
  attempt(attempt: Attempt, answers?: Operation['answers']): Promise<Reply>;
  /** Sends good JSON and reads the answer. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }>;
  /** Faults of the log since the last look. */
  readLog(): void;
}

const VENDORS = [
  'META_GRAPH_URL',
  'GOOGLE_ADS_URL',
  'GOOGLE_OAUTH_URL',
  'TIKTOK_API_URL',
  'LINKEDIN_API_URL',
];
const MORE_VENDORS = ['GA4_URL', 'UTMIFY_URL', 'MERCADOPAGO_API_URL', 'ASAAS_API_URL', 'EFI_API_URL'];
const GATEWAYS_AND_CRMS = ['PUSHINPAY_API_URL', 'STRIPE_API_URL', 'HUBSPOT_API_URL', 'PIPEDRIVE_API_URL'];
const LAST_VENDORS = ['SALESFORCE_LOGIN_URL', 'RDSTATION_API_URL'];

/** Starts it; it ends after the file's last test. */
export async function openFuzzWorld(): Promise<FuzzWorld> {
  const telegram = await startFakeTelegram();
  const vendor = await startVendor(() => ({ status: 400, body: { error: 'no' } }));
  const names = [...VENDORS, ...MORE_VENDORS, ...GATEWAYS_AND_CRMS, ...LAST_VENDORS];
  const env = Object.fromEntries(names.map((name) => [name, vendor.url]));
  const server = await startTestServer({
    env: { ...env, TELEGRAM_API_URL: telegram.url, GO_RATE_LIMIT: '0', TRUST_PROXY: '1' },
  });
  const sender = new Sender(server.url);
  afterAll(async () => {
    sender.close();
    await vendor.close();
  });
  const { operations, schemas } = readDescription();
  const faults: string[] = [];
  const attempt = async (one: Attempt, answers: Operation['answers'] = {}): Promise<Reply> => {
    const headers = { authorization: `Bearer ${TEST_API_KEY}`, ...one.headers };
    const broken = (error: Error): Reply => ({ status: 0, headers: {}, text: error.message });
    const reply = await sender.send({ ...one, headers }).catch(broken);
    const isApi = one.path.startsWith('/api/v1/');
    const refusal = isApi && reply.status >= 400 ? ['application/problem+json'] : undefined;
    const fault = reply.status === 0 ? reply.text : findFault(reply, answers[reply.status] ?? refusal);
    if (fault !== null) faults.push(`${describe(one)}: ${fault}`);
    return reply;
  };
  return {
    ...{ server, telegram, operations, schemas, faults, attempt },
    ids: new Map(),
    ask: async (method, path, body) => {
      const reply = await attempt({
        method,
        path: `/api/v1${path}`,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: reply.status, json: JSON.parse(reply.text || '{}') as Json };
    },
    readLog: () => faults.push(...findLogFaults(server.output())),
  };
}

const describe = ({ method, path, headers = {}, body = '' }: Attempt): string =>
  `${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 200)} ${body.toString().slice(0, 800)}`;

const LOUD = /"level":"(?:error|fatal)"|UnhandledPromise|^\s+at /;

/** What an operator is told because a vendor or a setting really is as these tests made it. */
const EXPECTED = [
  '"msg":"a bot message could not be sent"',
  '"msg":"crm: the connection is paused, its queue waits"',
  '"why":"the gateway account was removed or switched off","msg":"payment not checked"',
];

function findLogFaults(output: string): string[] {
  // The rest of a line that has not come whole is looked at the next time.
  const lines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  const loud = lines.filter((line) => LOUD.test(line) && !EXPECTED.some((one) => line.includes(one)));
  const leaks = PLANTED_SECRETS.flatMap((secret) => lines.filter((line) => line.includes(secret)));
  return [...loud.map((line) => `the log: ${line}`), ...leaks.map((line) => `a leak in the log: ${line}`)];
}

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

function readDescription(): Pick<FuzzWorld, 'operations' | 'schemas'> {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => readOperation(method, path, described)),
  );
  return { operations, schemas: document.components.schemas };
}

function readOperation(method: string, path: string, described: Described): Operation {
  const answers = Object.entries(described.responses).map(
    ([status, { content }]) => [status, Object.keys(content ?? {})] as const,
  );
  return {
    method: method.toUpperCase(),
    path,
    queryNames: (described.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name),
    body: described.requestBody?.content['application/json']?.schema,
    answers: Object.fromEntries(answers),
  };
}
