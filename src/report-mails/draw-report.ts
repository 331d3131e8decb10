import { escapeHtml } from '../http/pages/escape.ts';
import { localeOf } from '../http/pages/language.ts';
import type { Bar, ReportView, Table, Tile } from './report-view.ts';

const INK = '#17202b';
const SOFT = '#5b6675';
const LINE = '#dfe4ea';
const BLUE = '#1769e0';
const ALARM = '#a4262c';
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const BAR_HEIGHT = 96;
// Three would not fit on a phone, and mail programs know no media queries.
const TILES_A_ROW = 2;

/** A report as HTML that mail programs draw too: tables and inline styles, no script, no picture, nothing from outside. */
export function drawReport(view: ReportView): string {
  const title = `${view.title}: ${view.workspace}`;
  const parts = [
    `<h1 style="margin:0 0 4px;font-size:22px">${escapeHtml(title)}</h1>`,
    `<p style="margin:0 0 20px;color:${SOFT}">${escapeHtml(view.period)}</p>`,
    view.empty === null ? '' : drawCallout(view.empty),
    drawTiles(view.tiles),
    view.bars === null ? '' : drawBars(view.bars),
    ...view.lists.filter((list) => list.isUrgent).map(drawList),
    ...view.tables.map(drawTable),
    ...view.lists.filter((list) => !list.isUrgent).map(drawList),
    `<p style="margin:28px 0 0;font-size:12px;color:${SOFT}">${view.notes.map(escapeHtml).join('<br>')}</p>`,
  ];
  return `<!doctype html>
<html lang="${localeOf(view.language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"><title>${escapeHtml(title)}</title></head>
<body style="margin:0;background:#f4f6f8;color:${INK};${FONT};font-size:15px;line-height:1.45">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:680px;background:#fff;border:1px solid ${LINE};border-radius:12px"><tr><td style="padding:20px;${FONT}">
${parts.join('\n')}
</td></tr></table></td></tr></table></body></html>`;
}

const heading = (text: string, color = INK): string =>
  `<h2 style="margin:28px 0 8px;font-size:16px;color:${color}">${escapeHtml(text)}</h2>`;

const drawCallout = (text: string): string =>
  `<p style="margin:0 0 20px;padding:12px 16px;background:#fff7e0;border-left:4px solid #c98a00">${escapeHtml(text)}</p>`;

function drawTiles(tiles: readonly Tile[]): string {
  const rows: string[] = [];
  for (let start = 0; start < tiles.length; start += TILES_A_ROW) {
    rows.push(
      `<tr>${tiles
        .slice(start, start + TILES_A_ROW)
        .map(drawTile)
        .join('')}</tr>`,
    );
  }
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="6" style="table-layout:fixed">${rows.join('')}</table>`;
}

const drawTile = ({ label, value, note }: Tile): string =>
  `<td valign="top" style="padding:12px;border:1px solid ${LINE};border-radius:8px"><span style="color:${SOFT};font-size:13px">${escapeHtml(label)}</span><br>` +
  `<strong style="font-size:20px">${escapeHtml(value)}</strong><br><span style="color:${SOFT};font-size:12px">${escapeHtml(note)}</span></td>`;

function drawBars({ title, note, bars }: NonNullable<ReportView['bars']>): string {
  // A month's labels would not fit under each bar.
  const every = Math.ceil(bars.length / 10);
  const cells = bars.map(drawBar).join('');
  const labels = bars.map(
    ({ label }, at) => `<td align="center">${at % every === 0 ? escapeHtml(label) : ''}</td>`,
  );
  return `${heading(title)}<table role="presentation" width="100%" cellpadding="0" cellspacing="2" style="table-layout:fixed;font-size:10px;color:${SOFT}"><tr>${cells}</tr><tr>${labels.join('')}</tr></table>
<p style="margin:4px 0 0;font-size:13px;color:${SOFT}">${escapeHtml(note)}</p>`;
}

function drawBar({ label, value, share }: Bar): string {
  const height = Math.max(1, Math.round(share * BAR_HEIGHT));
  const spoken = escapeHtml(`${label}: ${value}`);
  return `<td valign="bottom" height="${BAR_HEIGHT}" title="${spoken}"><div role="img" aria-label="${spoken}" style="height:${height}px;background:${BLUE};border-radius:3px 3px 0 0;font-size:0;line-height:0">&nbsp;</div></td>`;
}

function drawTable({ title, columns, rows }: Table): string {
  const head = columns.map(
    (name, at) =>
      `<th scope="col" style="${cellStyle(at)};color:${SOFT};font-weight:600">${escapeHtml(name)}</th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr>${row.map((text, at) => `<td style="${cellStyle(at)}">${escapeHtml(text)}</td>`).join('')}</tr>`,
  );
  return `${heading(title)}<div style="overflow-x:auto"><table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:13px"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const cellStyle = (at: number): string =>
  `padding:6px 8px;border-bottom:1px solid ${LINE};text-align:${at === 0 ? 'left;min-width:130px;overflow-wrap:break-word' : 'right;white-space:nowrap'}`;

function drawList({ title, lines, isUrgent }: ReportView['lists'][number]): string {
  const items = lines.map((line) => `<li style="margin:4px 0">${escapeHtml(line)}</li>`).join('');
  return `${heading(title, isUrgent ? ALARM : INK)}<ul style="margin:0;padding-left:20px">${items}</ul>`;
}

/** The same report as plain text. */
export function writeReport(view: ReportView): string {
  const blocks = [
    `${view.title}: ${view.workspace}\n${view.period}`,
    view.empty ?? '',
    view.tiles.map(({ label, value, note }) => `${label}: ${value} (${note})`).join('\n'),
    ...view.lists.map(({ title, lines }) => [title, ...lines.map((line) => `- ${line}`)].join('\n')),
    view.bars === null ? '' : `${view.bars.title}. ${view.bars.note}`,
    ...view.tables.map(writeTable),
    view.notes.join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const writeTable = ({ title, columns, rows }: Table): string =>
  [
    title,
    ...rows.map(
      ([name, ...cells]) => `- ${name}: ${cells.map((cell, at) => `${columns[at + 1]} ${cell}`).join(', ')}`,
    ),
  ].join('\n');
