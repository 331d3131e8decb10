import { createHash } from 'node:crypto';
import { MAX_FBCLID_LENGTH } from './fbc.ts';

/** Click ids that have a column of their own, by lower-case parameter name. */
const COLUMNS = {
  fbclid: 'fbclid',
  gclid: 'gclid',
  gbraid: 'gbraid',
  wbraid: 'wbraid',
  ttclid: 'ttclid',
  li_fat_id: 'liFatId',
  msclkid: 'msclkid',
  kwai_click_id: 'kwaiClickId',
  click_id: 'kwaiClickId',
  clickid: 'kwaiClickId',
} as const;

/** A field that holds a click id. */
export type ClickIdField = (typeof COLUMNS)[keyof typeof COLUMNS];

/** The click ids of a URL, as received; null where the URL had no usable one. */
export type ClickIds = Readonly<Record<ClickIdField, string | null>>;

const FIELDS: ReadonlyMap<string, ClickIdField> = new Map(Object.entries(COLUMNS));

// Click ids of other networks: kept among the URL's parameters, under the same rules for what is usable.
const WITHOUT_COLUMN: ReadonlySet<string> = new Set(
  (
    'gclsrc gad_source gad_campaignid srsltid dclid ctwa_clid twclid epik sccid rdt_cid callback tblci tblclid dicbo ' +
    'obclid ob_click_id qclid ndclid yclid irclickid rtid vmcid oppref _branch_match_id ko_click_id'
  ).split(' '),
);

// What an ad template leaves behind when the platform did not fill it in.
const UNFILLED = /^(?:\{.*\}|__\w+__|%%.*%%|\[.*\]|\$\{.*\})$/s;

/** The field of a parameter, whatever the case of its name; null if it is no click id with a column. */
export function readClickIdField(name: string): ClickIdField | null {
  return FIELDS.get(name.toLowerCase()) ?? null;
}

/** Whether a parameter is a click id of a network that has no column here. */
export function isOtherClickId(name: string): boolean {
  return WITHOUT_COLUMN.has(name.toLowerCase());
}

/** Whether a click id's value can be real: not empty, not over 500 characters, not an unfilled template. */
export function isUsableClickId(value: string): boolean {
  return value !== '' && value.length <= MAX_FBCLID_LENGTH && !UNFILLED.test(value);
}

/** First 32 hex digits of the SHA-256 of an fbclid: its form in a Telegram start link when it is too long for one. */
export function buildFbclidHash(fbclid: string): string {
  return createHash('sha256').update(fbclid).digest('hex').slice(0, 32);
}
