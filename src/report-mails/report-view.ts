import type { ReportEvery } from '../domain/report-period.ts';
import type { PageLanguage } from '../http/pages/language.ts';
import type { CampaignMeasures } from '../reports/analytics/measures.ts';
import type { PeriodSummary } from '../reports/period-summary.ts';
import { buildNumberTexts, type NumberTexts } from './mail-numbers.ts';
import { fill, MAIL_TEXTS, type MailTexts } from './mail-texts.ts';

/** A headline number with what it is compared with. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** A table with its heading; the first row names the columns. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One bar; `share` of the highest, 0 to 1. */
export interface Bar {
  readonly label: string;
  readonly value: string;
  readonly share: number;
}

/** A report in words, before it is drawn. */
export interface ReportView {
  readonly language: PageLanguage;
  readonly title: string;
  readonly workspace: string;
  readonly period: string;
  readonly tiles: readonly Tile[];
  readonly bars: { readonly title: string; readonly note: string; readonly bars: readonly Bar[] } | null;
  readonly tables: readonly Table[];
  readonly lists: readonly {
    readonly title: string;
    readonly lines: readonly string[];
    readonly isUrgent: boolean;
  }[];
  /** Null where something was captured. */
  readonly empty: string | null;
  readonly notes: readonly string[];
}

interface Words {
  readonly texts: MailTexts;
  readonly numbers: NumberTexts;
}

/** Puts a summary into the words of a language. */
export function buildReportView(
  summary: PeriodSummary,
  setting: { readonly language: PageLanguage; readonly every: ReportEvery; readonly publicUrl: string },
): ReportView {
  const { language, every } = setting;
  const texts = MAIL_TEXTS[language];
  const numbers = buildNumberTexts({ language, currency: summary.currency, timezone: summary.timezone });
  const words = { texts, numbers };
  const { overview, period } = summary;
  const { totals } = overview;
  return {
    language,
    title: texts[every],
    workspace: summary.workspace,
    period: `${numbers.day(period.from)} ${texts.to} ${numbers.day(period.to)}`,
    tiles: buildTiles(summary, words),
    bars: buildBars(summary, words),
    tables: [
      buildRanking(texts.campaigns, overview.byCampaign, words),
      buildRanking(texts.sources, overview.bySource, words),
      buildPlatforms(summary, words),
    ].filter((table) => table.rows.length > 0),
    lists: [buildTroubles(summary, texts), buildCapture(summary, words)].filter(
      (list) => list.lines.length > 0,
    ),
    empty: totals.visits + totals.conversions + totals.leads === 0 ? texts.empty : null,
    notes: buildNotes(summary, words, setting.publicUrl),
  };
}

function buildTiles({ overview }: PeriodSummary, { texts, numbers }: Words): readonly Tile[] {
  const { totals, previous } = overview;
  const tile = (label: string, value: string, [now, before]: readonly [number, number]): Tile => {
    const change = numbers.change(now, before);
    return { label, value, note: change === null ? texts.nothingBefore : fill(texts.before, { change }) };
  };
  const counted = (label: string, name: 'visits' | 'leads' | 'conversions') =>
    tile(label, numbers.count(totals[name]), [totals[name], previous[name]]);
  const revenue = [Number(totals.revenue), Number(previous.revenue)] as const;
  const cost = [Number(totals.cost ?? 0), Number(previous.cost ?? 0)] as const;
  const noCost = (label: string): Tile => ({ label, value: '–', note: texts.noCost });
  return [
    counted(texts.tiles.visits, 'visits'),
    counted(texts.tiles.leads, 'leads'),
    counted(texts.tiles.conversions, 'conversions'),
    tile(texts.tiles.revenue, numbers.money(totals.revenue), revenue),
    cost[0] === 0
      ? noCost(texts.tiles.cost)
      : tile(texts.tiles.cost, numbers.money(totals.cost ?? '0'), cost),
    totals.roas === null
      ? noCost(texts.tiles.roas)
      : tile(texts.tiles.roas, numbers.ratio(totals.roas), [totals.roas, previous.roas ?? 0]),
  ];
}

/** Each day of the period, also those on which nothing happened; null where there was no revenue at all. */
function buildBars({ overview, period }: PeriodSummary, { texts, numbers }: Words): ReportView['bars'] {
  const byDay = new Map(overview.byDay.map((row) => [String(row.day), row.revenue]));
  const days = listDays(period).map((day) => ({ day, revenue: byDay.get(day) ?? '0.00' }));
  const best = days.reduce((high, one) => (Number(one.revenue) > Number(high.revenue) ? one : high));
  const most = Number(best.revenue);
  if (most <= 0) return null;
  return {
    title: texts.byDay,
    note: fill(texts.bestDay, { day: numbers.shortDay(best.day), amount: numbers.money(best.revenue) }),
    bars: days.map(({ day, revenue }) => ({
      label: numbers.shortDay(day),
      value: numbers.money(revenue),
      share: Math.max(0, Number(revenue) / most),
    })),
  };
}

function listDays({ from, to }: PeriodSummary['period']): readonly string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

type Ranked = PeriodSummary['overview']['byCampaign'];

function buildRanking(title: string, rows: Ranked, { texts, numbers }: Words): Table {
  const { tiles } = texts;
  const cells = (row: CampaignMeasures) => [
    numbers.count(row.visits),
    numbers.count(row.conversions),
    numbers.money(row.revenue),
    row.cost === null || Number(row.cost) === 0 ? '–' : numbers.money(row.cost),
    row.roas === null ? '–' : numbers.ratio(row.roas),
  ];
  return {
    title,
    columns: [texts.name, tiles.visits, tiles.conversions, tiles.revenue, tiles.cost, tiles.roas],
    rows: rows.map((row) => [String(row.campaign ?? row.source ?? texts.unnamed), ...cells(row)]),
  };
}

function buildPlatforms({ platforms }: PeriodSummary, { texts, numbers }: Words): Table {
  const { sent, failed, skipped, waiting } = texts.states;
  return {
    title: texts.platforms,
    columns: [texts.name, sent, failed, skipped, waiting],
    rows: platforms.map((one) => [
      one.platform,
      ...[one.sent, one.failed, one.skipped, one.waiting].map((value) => numbers.count(value)),
    ]),
  };
}

function buildTroubles({ troubles }: PeriodSummary, texts: MailTexts) {
  const lines = troubles.map((one) => `${one.platform} “${one.name}”: ${one.reason}`);
  return { title: texts.troubles, lines, isUrgent: true };
}

function buildCapture({ capture }: PeriodSummary, { texts, numbers }: Words) {
  const { start_match_rate: rate, click_to_start_seconds: seconds } = capture;
  const matched =
    rate === null
      ? []
      : [fill(texts.matched, { share: numbers.share(rate), count: numbers.count(capture.starts) })];
  const pace =
    seconds.p50 === null || seconds.p90 === null
      ? []
      : [
          fill(texts.pace, {
            seconds: numbers.count(Math.ceil(seconds.p50)),
            most: numbers.count(Math.ceil(seconds.p90)),
          }),
        ];
  return { title: texts.capture, lines: [...matched, ...pace], isUrgent: false };
}

function buildNotes({ overview }: PeriodSummary, { texts, numbers }: Words, publicUrl: string): string[] {
  const list = overview.unconverted.map(({ currency }) => currency).join(', ');
  const at = overview.refreshedAt;
  return [
    ...(list === '' ? [] : [fill(texts.unconverted, { list })]),
    ...(at === null ? [] : [fill(texts.asOf, { at: numbers.moment(at) })]),
    fill(texts.footer, { host: URL.parse(publicUrl)?.host ?? publicUrl }),
  ];
}
