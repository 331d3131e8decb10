import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTraceCommand } from '../../src/cli/trace-command.ts';
import { buildId } from '../../src/domain/ids.ts';
import { traceOf } from '../../src/reports/trace.ts';
import type { TraceLanguage } from '../../src/reports/trace-words/hop-texts.ts';
import { type DrainWorld, drainAll } from './drain-world.ts';
import { type LeadsWorld, openLeadsWorld } from './leads-world.ts';
import {
  addPaidPayment,
  addPerson,
  addSentPurchase,
  addStart,
  ids,
  later,
  openTraceWorld,
  TELEGRAM_USER,
} from './trace-world.ts';

let world: DrainWorld;
let leads: LeadsWorld;

beforeAll(async () => {
  world = await openTraceWorld();
  leads = await openLeadsWorld(world.database);
});
afterAll(() => world.close());

/** Words that stand in English sentences and in no Portuguese one. */
const ENGLISH =
  /\b(?:the|was|were|of|and|not|with|is|it|its|to|from|when|after|because|this|that|has|have|had|on|by|which|there|nothing|waits|until|person|sent|held|lost|skipped|attempt|charge|delivery)\b/i;

/** What a vendor or a person has said stands in quotes. */
const unquote = (why: string) => why.replace(/“[^”]*”/g, '“”');

async function tell(workspaceId: string, ref: string, language: TraceLanguage = 'pt') {
  const { hops } = await traceOf(world.db, { workspaceId, ref, language });
  return hops.map(({ kind, why }) => `${kind}: ${why}`);
}

const whys = (told: readonly string[]) => told.map((line) => unquote(line.slice(line.indexOf(':') + 1)));

/** A conversion that came to nothing, waits, or was tried. */
async function addConversion(
  { db }: DrainWorld,
  columns: {
    readonly workspace_id: string;
    readonly tracking_token?: string;
    readonly payment_id?: string;
    readonly lead_id?: string;
    readonly planned_at?: Date;
    readonly hold_reason?: string;
    readonly plan_outcome?: string;
    readonly consent?: string;
  },
): Promise<string> {
  const conversion_id = buildId();
  const at = new Date();
  const usual = { conversion_name: 'won', consent: 'granted', occurred_at: at, hold_until: at };
  await db
    .insertInto('conversions')
    .values({ conversion_id, event_id: `won_${conversion_id}`, ...usual, ...columns })
    .execute();
  return conversion_id;
}

async function addDelivery(
  { db }: DrainWorld,
  columns: {
    readonly workspace_id: string;
    readonly conversion_id: string;
    readonly destination_id: string;
    readonly state: string;
    readonly reason: string | null;
  },
  attempts: readonly {
    readonly sync_status: string;
    readonly error_message: string | null;
    readonly receipt?: string;
  }[] = [],
): Promise<void> {
  const delivery = { ...columns, delivery_id: buildId(), platform: 'meta' };
  await db
    .insertInto('deliveries')
    .values({ ...delivery, deadline_at: new Date() })
    .execute();
  const { state: _state, reason: _reason, ...logged } = delivery;
  for (const [index, row] of attempts.entries())
    await db
      .insertInto('platform_sync_log')
      .values({ ...logged, sync_id: buildId(), attempt: index, ...row })
      .execute();
}

async function addBroadcast(
  botUserId: string,
  row: { state: string; reason: string; detail: string | null },
) {
  const { db, workspaceId: workspace_id, botId: bot_id } = world;
  const broadcast_id = buildId();
  const broadcast = { broadcast_id, workspace_id, bot_ids: [bot_id], name: 'Black Friday' };
  await db.insertInto('broadcasts').values(broadcast).execute();
  const person = { bot_id, bot_user_id: botUserId, telegram_user_id: TELEGRAM_USER };
  await db
    .insertInto('broadcast_recipients')
    .values({ broadcast_id, workspace_id, ...person, ...row, settled_at: new Date() })
    .execute();
}

async function addSale(): Promise<{ token: string; paymentId: string }> {
  const click = world.click({ url: 'https://go.example.com/go/shop?fbclid=AD1&utm_campaign=verao' });
  const at = new Date(click.at);
  await world.record(click, world.cookies(click.token), world.consent(click.token, 'granted', click.at + 9));
  await drainAll(world.drain);
  const botUserId = await addPerson(world, TELEGRAM_USER, at);
  const start = { botUserId, payload: click.token, token: click.token, at: later(at, 4000) };
  await addStart(world, { ...start, outcome: 'matched_token' });
  const early = { botUserId, payload: 'promo', token: null, at: later(at, 2000) };
  await addStart(world, { ...early, outcome: 'unknown_payload' });
  const paymentId = await addPaidPayment(world, { ...start, at: later(at, 9000) });
  await addSentPurchase(world, { paymentId, token: click.token, at: later(at, 10_000) });
  await addBroadcast(botUserId, { state: 'skipped', reason: 'opted_out', detail: null });
  await addBroadcast(botUserId, { state: 'failed', reason: 'refused', detail: 'Bad Request: too long' });
  await addBroadcast(botUserId, { state: 'unknown', reason: 'no_answer', detail: 'Telegram did not answer' });
  return { token: click.token, paymentId };
}

async function addNotes(paymentId: string): Promise<void> {
  const { db, workspaceId: workspace_id } = world;
  const details = [
    'no answer (retry): Sandbox did not answer (timeout: no answer in time)',
    'not believed (paid): the gateway answered for another charge',
  ];
  for (const detail of details)
    await db
      .insertInto('payment_events')
      .values({ event_id: buildId(), payment_id: paymentId, workspace_id, cause: 'check', detail })
      .execute();
  const failed = { delivery_opened_at: new Date(), failure: 'the answer is not a charge' };
  await db.updateTable('payments').set(failed).where('id', '=', paymentId).execute();
}

async function addEvents(token: string): Promise<void> {
  const { workspaceId: workspace_id } = world;
  const own = { workspace_id, tracking_token: token };
  const planned_at = new Date();
  await addConversion(world, { ...own, hold_reason: "waits for the browser's _fbp cookie" });
  await addConversion(world, { ...own, consent: 'pending' });
  await addConversion(world, {
    ...own,
    planned_at,
    plan_outcome: 'skipped: consent: the person never chose',
  });
  const conversion_id = await addConversion(world, { ...own, planned_at });
  const kept = 'suspicious: bot score 70 (bot_declared 50, bot_fast_start 20)';
  const { destination: destination_id } = ids;
  await addDelivery(world, { workspace_id, conversion_id, destination_id, state: 'failed', reason: null }, [
    { sync_status: 'pending', error_message: `skipped: ${kept}` },
    { sync_status: 'pending', error_message: 'no connection or a broken answer (ECONNREFUSED)' },
    { sync_status: 'pending', error_message: null, receipt: 'req-1' },
    { sync_status: 'failed', error_message: 'Meta 100/2804050: Invalid parameter: it is not allowed' },
  ]);
  const waiting = await addConversion(world, { ...own, planned_at });
  const due = { workspace_id, conversion_id: waiting, destination_id, state: 'due' };
  await addDelivery(world, { ...due, reason: 'Wrong or missing: credentials.access_token' });
}

describe('a sale', () => {
  let sale: Awaited<ReturnType<typeof addSale>>;

  beforeAll(async () => {
    sale = await addSale();
    await addNotes(sale.paymentId);
    await addEvents(sale.token);
  });

  test('is told in Portuguese without an English sentence', async () => {
    const told = await tell(world.workspaceId, TELEGRAM_USER);
    expect(new Set(told.map((line) => line.split(':')[0]))).toEqual(
      new Set([
        ...['click', 'cookies', 'consent', 'start', 'broadcast', 'charge', 'payment', 'delivery_page'],
        ...['conversion', 'delivery'],
      ]),
    );
    expect(whys(told).filter((why) => ENGLISH.test(why))).toEqual([]);
    const story = told.join('\n').replaceAll('\u00a0', ' ');
    expect(story).toContain(
      'Um visitante clicou em um anúncio do link “shop” e viu a página de entrada, com um botão para @shop_bot.',
    );
    expect(story).toContain('Ligado ao clique pelo código do link de start.');
    expect(story).toContain('Cobrança de R$ 19,90 por “E-book” no gateway sandbox.');
    expect(story).toContain(
      'Aguardando → paga, depois de um webhook, confirmado com uma consulta ao gateway.',
    );
    expect(story).toContain('Mensagem em massa “Black Friday” em @shop_bot. Não enviada.');
    expect(story).toContain('Telegram: “Bad Request: too long”.');
    expect(story).toContain(
      'A tentativa 2 para meta foi recebida e está sendo processada (sem resposta). Referência lá: req-1.',
    );
    expect(story).toContain('não foi aceita: “Meta 100/2804050: Invalid parameter: it is not allowed” (');
    expect(story).toContain('A tentativa 2 para meta foi aceita (HTTP 200). Referência lá: AbCtrace.');
  });

  test('has the same hops in both languages', async () => {
    const read = async (language: TraceLanguage) => {
      const { hops } = await traceOf(world.db, {
        workspaceId: world.workspaceId,
        ref: sale.paymentId,
        language,
      });
      return hops.map(({ why: _why, ...hop }) => hop);
    };
    expect(await read('pt')).toEqual(await read('en'));
    const told = await tell(world.workspaceId, sale.token, 'en');
    expect(whys(told).filter((why) => /[ãõçáéíóúâê]/.test(why))).toEqual([]);
  });

  test('is printed in Portuguese by the command', async () => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const { db, workspaceId } = world;
    const command = { db, workspaceId, language: 'pt' as const, json: false, width: 90, write };
    expect(await runTraceCommand({ ...command, ref: sale.token })).toBe(true);
    expect(lines[0]).toBe(`Rastro de ${sale.token}`);
    expect(lines.join('\n')).toMatch(/click {2,}Um visitante clicou em um anúncio do link “shop”/);
    expect(lines.join('\n')).toContain('ligado por token');
    expect(await runTraceCommand({ ...command, ref: 'ninguem' })).toBe(false);
    expect(lines.at(-1)).toBe('Nada se sabe de ninguem neste workspace.');
  });
});

test('a lead is told in Portuguese without an English sentence', async () => {
  const { workspaceId: workspace_id } = leads;
  await leads.session('visita-1', later(new Date(), -32_000));
  await leads.touch('visita-1', later(new Date(), -32_000), { utm_source: 'google', gclid: 'G1' });
  await leads.touch('visita-1', later(new Date(), -20_000));
  const made = leads.lead({ sessionId: 'visita-1', formLocation: 'rodapé', email: 'ana@loja.example' });
  const [saved] = await leads.save(made);
  const lead_id = saved?.leadId ?? '';
  await leads.stage(lead_id, 'qualified');
  await leads.stage(lead_id, 'won', 123_456);
  const log = { workspace_id, lead_id, integration_name: 'hubspot', integration_type: 'push' };
  const rows = [
    { status: 'success', retry_count: 0, error_message: null },
    {
      status: 'failed',
      retry_count: 1,
      error_message: 'given up after three days; last: HTTP 400: The lead is bad',
    },
    { status: 'ignored', retry_count: 0, error_message: 'the lead has neither e-mail nor phone' },
  ];
  for (const row of rows)
    await world.db
      .insertInto('integrations_log')
      .values({ log_id: buildId(), ...log, ...row })
      .execute();
  await addConversion(world, {
    ...{ workspace_id, lead_id, planned_at: new Date() },
    plan_outcome: 'no destination: none is active here',
  });
  const told = await tell(workspace_id, lead_id);
  expect(new Set(told.map((line) => line.split(':')[0]))).toEqual(
    new Set(['touch', 'lead', 'stage', 'crm', 'conversion']),
  );
  expect(whys(told).filter((why) => ENGLISH.test(why))).toEqual([]);
  const story = told.join('\n').replaceAll('\u00a0', ' ');
  expect(story).toContain('O visitante chegou com utm_source “google”, gclid “G1”.');
  expect(story).toContain('Chegou um lead pelo formulário “rodapé”.');
  expect(story).toMatch(
    /O lead passou para a etapa “ganho”, no valor de R\$ 1\.234,56\. Informado por test\./,
  );
  expect(story).toContain(
    'hubspot foi avisado sobre o lead: falhou, depois de 1 repetição. Desistência depois de três dias; último motivo: HTTP 400: “The lead is bad”.',
  );
  expect(story).toContain('Sem destino: nenhum está ativo aqui.');
});
