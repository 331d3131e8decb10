import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type ClickTexts, type HopTexts, wordOf } from './trace-words/hop-texts.ts';

/** The ad clicks of a story, what their pages told later, and the person's choice. */
export async function listClickHops(db: Kysely<Database>, story: Story, texts: HopTexts): Promise<Hop[]> {
  if (story.tokens.length === 0) return [];
  const rows = await selectClicks(db, story).execute();
  return rows.flatMap((row) => [
    buildClickHop(row, texts),
    ...buildCookiesHop(row, texts),
    ...buildConsentHop(row, texts),
  ]);
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

function buildClickHop(row: ClickRow, { click }: HopTexts): Hop {
  const pool = row.pool_slug === null ? null : buildQuote(row.pool_slug);
  return {
    at: row.created_at,
    kind: 'click',
    id: row.tracking_token,
    matched_by: null,
    why: buildWhy(
      click.clicked(pool, row.bot_username, row.mode === 'direct'),
      buildAdSentence(row, click),
      click.fbc[row.fbc === null ? 'none' : row.fbc_origin === 'generated' ? 'generated' : 'cookie'],
      buildVisitorSentence(row, click),
      row.consent === 'granted' ? null : click.consent(wordOf(click.consents, row.consent)),
    ),
    receipt: null,
  };
}

function buildAdSentence(row: ClickRow, click: ClickTexts): string {
  const { fbclid, gclid, gbraid, wbraid, ttclid, li_fat_id, msclkid, kwai_click_id } = row;
  const { utm_source, utm_medium, utm_campaign, utm_content } = row;
  const named = Object.entries({
    ...{ fbclid, gclid, gbraid, wbraid, ttclid, li_fat_id, msclkid, kwai_click_id },
    ...{ utm_source, utm_medium, utm_campaign, utm_content },
  });
  const known = named.flatMap(([name, value]) => (value === null ? [] : [`${name} ${buildQuote(value)}`]));
  return known.length === 0 ? click.noMarks : click.marks(known.join(', '));
}

function buildVisitorSentence(row: ClickRow, click: ClickTexts): string {
  const reasons = row.bot_reasons.map((reason) => wordOf(click.botReasons, reason));
  return buildWhy(
    buildMissingSentence(row, click),
    row.is_bot_detected ? click.isProgram(reasons.join(', ')) : null,
  );
}

function buildMissingSentence(row: ClickRow, { missing }: ClickTexts): string | null {
  const hasAddress = row.client_ip !== null || row.ip_hash !== null;
  if (row.client_user_agent !== null) return hasAddress ? null : missing.address;
  return hasAddress ? missing.userAgent : missing.both;
}

function buildCookiesHop(row: ClickRow, { click }: HopTexts): Hop[] {
  if (row.cookies_at === null) return [];
  const gained = [
    ...(row.fbp_origin === 'posted' ? [click.newFbp] : []),
    ...(row.fbc_origin === 'cookie' ? ['_fbc'] : []),
    ...(row.fbi === null ? [] : ['_fbi']),
  ];
  return [
    {
      at: row.cookies_at,
      kind: 'cookies',
      id: row.tracking_token,
      matched_by: 'token',
      why: click.cookies(gained.join(', ')),
      receipt: null,
    },
  ];
}

function buildConsentHop(row: ClickRow, { click }: HopTexts): Hop[] {
  if (row.consent_at === null) return [];
  const why = row.consent === 'granted' ? click.chosen.granted : click.chosen.denied;
  const { consent_at: at, tracking_token: id } = row;
  return [{ at, kind: 'consent', id, matched_by: 'token', why, receipt: null }];
}
