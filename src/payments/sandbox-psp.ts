import { createHash, randomBytes } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { buildBrCode } from '../domain/br-code.ts';
import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { isId } from '../domain/ids.ts';
import { buildSandboxSignature, SANDBOX_URL } from '../gateways/sandbox.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';

/** What the payer or the bank does to a sandbox charge. */
export type SandboxEvent = 'paid' | 'expired' | 'refunded';

/** What came of it; a repetition is `unchanged`. */
export type SandboxPlay = 'played' | 'unchanged' | 'impossible' | 'not_found';

/** A charge in the sandbox's own books. */
export interface SandboxCharge {
  readonly chargeId: string;
  readonly amountCents: number;
  readonly status: 'created' | SandboxEvent;
  readonly copyPaste: string;
  readonly expiresAt: Date;
}

/** A webhook on its way from the sandbox to the address that the charge was made with. */
export interface SandboxWebhook {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** A payment service provider that lives inside the program. */
export interface SandboxPsp {
  /** Answers the requests of the sandbox gateway's adapter. */
  answer(request: HttpRequest): Promise<HttpResponse>;
  find(chargeId: string): Promise<SandboxCharge | null>;
  /** Lets something happen to a charge and tells of it by webhook. */
  play(chargeId: string, event: SandboxEvent): Promise<SandboxPlay>;
}

/** What the provider needs. */
export interface SandboxPspOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly webhookKey: (accountId: string) => string;
  readonly deliver: (webhook: SandboxWebhook) => Promise<void>;
}

type ChargeRow = Selectable<Database['sandbox_charges']>;

/** The example key of the central bank's manual: a real bank that reads the code finds nobody to pay. */
const EXAMPLE_KEY = '123e4567-e12b-12d1-a456-426655440000';

/** Opens the provider on its books. */
export function openSandboxPsp(options: SandboxPspOptions): SandboxPsp {
  return {
    answer: (request) => answer(options, request),
    find: async (chargeId) => {
      const row = await findCharge(options, chargeId);
      return row ? buildCharge(row, options.clock.now()) : null;
    },
    play: (chargeId, event) => play(options, chargeId, event),
  };
}

function findCharge({ db }: SandboxPspOptions, chargeId: string): Promise<ChargeRow | undefined> {
  return db.selectFrom('sandbox_charges').selectAll().where('charge_id', '=', chargeId).executeTakeFirst();
}

function buildCharge(row: ChargeRow, now: number): SandboxCharge {
  return {
    chargeId: row.charge_id,
    amountCents: Number(row.amount_cents),
    status: readStatus(row, now),
    copyPaste: row.copy_paste,
    expiresAt: row.expires_at,
  };
}

function readStatus(row: ChargeRow, now: number): SandboxCharge['status'] {
  if (row.status === 'created') return row.expires_at.getTime() <= now ? 'expired' : 'created';
  return row.status === 'paid' || row.status === 'refunded' ? row.status : 'expired';
}

async function answer(options: SandboxPspOptions, request: HttpRequest): Promise<HttpResponse> {
  const path = request.url.slice(SANDBOX_URL.length);
  if (request.method === 'POST' && path === '/charges') return createCharge(options, request);
  const chargeId = /^\/charges\/([\w-]+)$/.exec(path)?.[1];
  const row = request.method === 'GET' && chargeId ? await findCharge(options, chargeId) : undefined;
  if (!row) return buildAnswer(404, { error: 'no such charge' });
  if (!isCaller(options, request, row.account_id)) return buildAnswer(401, { error: 'wrong key' });
  return buildAnswer(200, buildBody(row, options.clock.now()));
}

const buildAnswer = (status: number, body: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const isCaller = (options: SandboxPspOptions, request: HttpRequest, accountId: string): boolean =>
  request.headers.authorization === `Bearer ${options.webhookKey(accountId)}`;

function buildBody(row: ChargeRow, now: number) {
  return {
    id: row.charge_id,
    value: Number(row.amount_cents),
    status: readStatus(row, now),
    copy_paste: row.copy_paste,
    expires_at: row.expires_at.toISOString(),
    paid_at: row.paid_at?.toISOString() ?? null,
    end_to_end_id: row.end_to_end_id,
  };
}

async function createCharge(options: SandboxPspOptions, request: HttpRequest): Promise<HttpResponse> {
  const order = readOrder(request);
  if (!order) return buildAnswer(422, { error: 'value, webhook_url or expires_in is wrong' });
  if (!isCaller(options, request, order.accountId)) return buildAnswer(401, { error: 'wrong key' });
  const chargeId = `sbx_${randomBytes(24).toString('base64url')}`;
  const code = buildBrCode({
    use: 'reusable',
    key: EXAMPLE_KEY,
    description: 'SANDBOX - nao pague',
    withdrawalAgent: null,
    url: null,
    recurrenceUrl: null,
    amountCents: order.value,
    merchantName: 'RASTRO SANDBOX',
    merchantCity: 'SANDBOX',
    // Not the charge's id: who photographs the picture must not be able to play the payer.
    txid: createHash('sha256').update(chargeId).digest('hex').slice(0, 25),
  });
  if (code.kind === 'invalid') return buildAnswer(422, { error: code.reason });
  const now = options.clock.now();
  await options.db
    .insertInto('sandbox_charges')
    .values({
      charge_id: chargeId,
      account_id: order.accountId,
      request_key: order.requestKey,
      amount_cents: order.value,
      copy_paste: code.text,
      webhook_url: order.webhookUrl,
      expires_at: new Date(now + order.expiresIn * 1000),
      created_at: new Date(now),
    })
    .onConflict((conflict) => conflict.column('request_key').doNothing())
    .execute();
  const row = await options.db
    .selectFrom('sandbox_charges')
    .selectAll()
    .where('request_key', '=', order.requestKey)
    .executeTakeFirstOrThrow();
  return buildAnswer(200, buildBody(row, now));
}

function readOrder(request: HttpRequest) {
  const body = readJsonObject(request.body ?? '');
  const value = Number(body?.value);
  const expiresIn = Number(body?.expires_in);
  const webhookUrl = String(body?.webhook_url);
  const accountId = readWebhookPath(webhookUrl)?.accountId;
  const requestKey = request.headers['idempotency-key'];
  if (!Number.isSafeInteger(value) || value < 1 || !(expiresIn > 0)) return null;
  return accountId && requestKey ? { value, expiresIn, webhookUrl, accountId, requestKey } : null;
}

/** The account that a webhook address of ours belongs to, and its query. */
export function readWebhookPath(url: string): { accountId: string; query: Record<string, string> } | null {
  if (!URL.canParse(url)) return null;
  const { pathname, searchParams } = new URL(url);
  const accountId = /\/webhooks\/payments\/sandbox\/([^/]+)$/.exec(pathname)?.[1];
  return isId(accountId) ? { accountId, query: Object.fromEntries(searchParams) } : null;
}

const BEFORE: Readonly<Record<SandboxEvent, readonly string[]>> = {
  paid: ['created', 'expired'],
  expired: ['created'],
  refunded: ['paid'],
};

async function play(options: SandboxPspOptions, chargeId: string, event: SandboxEvent): Promise<SandboxPlay> {
  const now = options.clock.now();
  const outcome = await options.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('sandbox_charges')
      .selectAll()
      .where('charge_id', '=', chargeId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return 'not_found';
    const status = readStatus(row, now);
    if (status === event) return row;
    if (!BEFORE[event].includes(status)) return 'impossible';
    return tx
      .updateTable('sandbox_charges')
      .set({ status: event, ...buildMarks(event, now) })
      .where('charge_id', '=', chargeId)
      .returningAll()
      .executeTakeFirstOrThrow()
      .then((played) => ({ ...played, isNew: true }));
  });
  if (outcome === 'not_found' || outcome === 'impossible') return outcome;
  // Told again on a repetition too, as real gateways do.
  await options.deliver(buildWebhook(options, outcome, event));
  return 'isNew' in outcome ? 'played' : 'unchanged';
}

function buildMarks(event: SandboxEvent, now: number) {
  if (event === 'paid') {
    return {
      paid_at: new Date(now),
      end_to_end_id: `E00000000${randomBytes(16).toString('hex').slice(0, 23)}`,
    };
  }
  return event === 'refunded' ? { refunded_at: new Date(now) } : {};
}

function buildWebhook(options: SandboxPspOptions, row: ChargeRow, event: SandboxEvent): SandboxWebhook {
  const rawBody = Buffer.from(JSON.stringify({ event: `charge.${event}`, id: row.charge_id }));
  const signature = buildSandboxSignature({
    rawBody,
    key: options.webhookKey(row.account_id),
    at: options.clock.now(),
  });
  return {
    url: row.webhook_url,
    headers: { 'content-type': 'application/json', 'x-sandbox-signature': signature },
    rawBody,
  };
}
