import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

/** The ad clicks of a story, what their pages told later, and the person's choice. */
export async function listClickHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  if (story.tokens.length === 0) return [];
  const rows = await selectClicks(db, story).execute();
  return rows.flatMap((row) => [buildClickHop(row), ...buildCookiesHop(row), ...buildConsentHop(row)]);
}

function selectClicks(db: Kysely<Database>, { tokens, workspaceId }: Story) {
  return db
    .selectFrom('clicks')
    .leftJoin('pools', 'pools.pool_id', 'clicks.pool_id')
    .leftJoin('bots', 'bots.bot_id', 'clicks.bot_id')
    .selectAll('clicks')
    .select(['pools.slug as pool_slug', 'bots.username as bot_username'])
    .where('clicks.workspace_id', '=', workspaceId)
    .where('clicks.tracking_token', 'in', tokens);
}

type ClickRow = Awaited<ReturnType<ReturnType<typeof selectClicks>['execute']>>[number];

function buildClickHop(row: ClickRow): Hop {
  const served = row.mode === 'direct' ? 'sent straight to' : 'shown the bridge page, with a button to';
  const pool = row.pool_slug === null ? 'a pool that is gone' : `pool ${buildQuote(row.pool_slug)}`;
  const bot = row.bot_username === null ? 'a bot that is gone' : `@${row.bot_username}`;
  return {
    at: row.created_at,
    kind: 'click',
    id: row.tracking_token,
    matched_by: null,
    why: buildWhy(
      `A visitor clicked an ad of ${pool} and was ${served} ${bot}.`,
      buildAdSentence(row),
      buildFbcSentence(row),
      buildVisitorSentence(row),
      row.consent === 'granted' ? null : `Consent to ads: ${row.consent}.`,
    ),
    receipt: null,
  };
}

function buildAdSentence(row: ClickRow): string {
  const { fbclid, gclid, gbraid, wbraid, ttclid, li_fat_id, msclkid, kwai_click_id } = row;
  const { utm_source, utm_medium, utm_campaign, utm_content } = row;
  const named = Object.entries({
    ...{ fbclid, gclid, gbraid, wbraid, ttclid, li_fat_id, msclkid, kwai_click_id },
    ...{ utm_source, utm_medium, utm_campaign, utm_content },
  });
  const known = named.flatMap(([name, value]) => (value === null ? [] : [`${name} ${buildQuote(value)}`]));
  return known.length === 0
    ? 'The link carried no click id and no UTM: the ad cannot be told from it.'
    : `The link carried ${known.join(', ')}.`;
}

function buildFbcSentence(row: ClickRow): string {
  if (row.fbc === null) return 'No fbc: the link had no fbclid and the browser no _fbc cookie.';
  if (row.fbc_origin === 'generated') return 'fbc was made from the fbclid at the time of the click.';
  return 'fbc is the browser’s own _fbc cookie.';
}

function buildVisitorSentence(row: ClickRow): string | null {
  const missing = [
    ...(row.client_ip === null && row.ip_hash === null ? ['address'] : []),
    ...(row.client_user_agent === null ? ['user agent'] : []),
  ];
  return buildWhy(
    missing.length === 0 ? null : `No ${missing.join(' and no ')} was captured.`,
    row.is_bot_detected ? `It looks like a program, not a person (${row.bot_reasons.join(', ')}).` : null,
  );
}

function buildCookiesHop(row: ClickRow): Hop[] {
  if (row.cookies_at === null) return [];
  const gained = [
    ...(row.fbp_origin === 'posted' ? ['_fbp, which the click had not brought'] : []),
    ...(row.fbc_origin === 'cookie' ? ['_fbc'] : []),
    ...(row.fbi === null ? [] : ['_fbi']),
  ];
  return [
    {
      at: row.cookies_at,
      kind: 'cookies',
      id: row.tracking_token,
      matched_by: 'token',
      why: `The page told the browser’s cookies; the click holds now: ${gained.join(', ')}.`,
      receipt: null,
    },
  ];
}

function buildConsentHop(row: ClickRow): Hop[] {
  if (row.consent_at === null) return [];
  const meaning =
    row.consent === 'granted'
      ? 'The person agreed to ads: events that waited may go.'
      : 'The person refused ads: nothing is sent to ad platforms.';
  const { consent_at: at, tracking_token: id } = row;
  return [{ at, kind: 'consent', id, matched_by: 'token', why: meaning, receipt: null }];
}
