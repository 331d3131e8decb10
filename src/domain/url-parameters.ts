import {
  type ClickIdField,
  type ClickIds,
  isOtherClickId,
  isUsableClickId,
  readClickIdField,
} from './click-ids.ts';
import { buildIndexableText, buildStorableText } from './storable-text.ts';
import { readUtmField, type Utm } from './utm.ts';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 200;
const MAX_VALUE_LENGTH = 1000;
// PostgreSQL refuses an index entry of more than 2,704 bytes.
const MAX_INDEXED_BYTES = 2600;

/** The parameters of an ad's link that are neither a click id nor a UTM but have a meaning here. */
export interface LinkParameters {
  /** UTMify's and other Brazilian trackers' source and checkout keys. */
  readonly src: string | null;
  readonly sck: string | null;
  /** The gate's link key. */
  readonly grim: string | null;
}

/** Everything that a click's URL says. */
export interface UrlParameters {
  readonly clickIds: ClickIds;
  readonly utm: Utm;
  readonly link: LinkParameters;
  /** The rest, at most 50 names; the first value of a name wins. */
  readonly rest: Readonly<Record<string, string>>;
}

const LINK_FIELDS: ReadonlyMap<string, keyof LinkParameters> = new Map([
  ['src', 'src'],
  ['sck', 'sck'],
  ['grim', 'grim'],
]);

interface Found {
  readonly clickIds: Map<ClickIdField, string>;
  readonly utm: Map<keyof Utm, string>;
  readonly link: Map<keyof LinkParameters, string>;
  readonly rest: Map<string, string>;
}

/** Reads a raw query string (without `?`), decoding it once; names of known parameters in any case. Never throws. */
export function readUrlParameters(query: string): UrlParameters {
  const found: Found = { clickIds: new Map(), utm: new Map(), link: new Map(), rest: new Map() };
  for (const [name, value] of new URLSearchParams(query)) keepParameter(found, name, value);
  const { clickIds, utm, link } = found;
  return {
    clickIds: {
      fbclid: clickIds.get('fbclid') ?? null,
      gclid: clickIds.get('gclid') ?? null,
      gbraid: clickIds.get('gbraid') ?? null,
      wbraid: clickIds.get('wbraid') ?? null,
      ttclid: clickIds.get('ttclid') ?? null,
      liFatId: clickIds.get('liFatId') ?? null,
      msclkid: clickIds.get('msclkid') ?? null,
      kwaiClickId: clickIds.get('kwaiClickId') ?? null,
    },
    utm: {
      utmSource: utm.get('utmSource') ?? null,
      utmMedium: utm.get('utmMedium') ?? null,
      utmCampaign: utm.get('utmCampaign') ?? null,
      utmId: utm.get('utmId') ?? null,
      utmTerm: utm.get('utmTerm') ?? null,
      utmContent: utm.get('utmContent') ?? null,
    },
    link: { src: link.get('src') ?? null, sck: link.get('sck') ?? null, grim: link.get('grim') ?? null },
    rest: Object.fromEntries(found.rest),
  };
}

function keepParameter(found: Found, name: string, value: string): void {
  const clickId = readClickIdField(name);
  const utm = readUtmField(name);
  const link = LINK_FIELDS.get(name.toLowerCase());
  const isUsable = (clickId === null && !isOtherClickId(name)) || isUsableClickId(value);
  if (!isUsable) return;
  if (clickId !== null) keepFirst(found.clickIds, clickId, value);
  else if (utm !== null) keepFirst(found.utm, utm, value);
  else if (link !== undefined) keepFirst(found.link, link, value);
  else keepRest(found.rest, name, value);
}

function keepFirst<Field>(kept: Map<Field, string>, field: Field, value: string): void {
  const text = buildIndexableText(value, MAX_VALUE_LENGTH, MAX_INDEXED_BYTES);
  if (text !== '' && !kept.has(field)) kept.set(field, text);
}

function keepRest(rest: Map<string, string>, name: string, value: string): void {
  if (rest.size >= MAX_KEYS) return;
  const key = buildStorableText(name, MAX_KEY_LENGTH);
  if (key !== '' && !rest.has(key)) rest.set(key, buildStorableText(value, MAX_VALUE_LENGTH));
}
