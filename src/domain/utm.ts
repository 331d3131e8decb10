/** The five campaign parameters of Google's convention and Meta's campaign id. */
export interface Utm {
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
  readonly utmId: string | null;
  readonly utmTerm: string | null;
  readonly utmContent: string | null;
}

const FIELDS: ReadonlyMap<string, keyof Utm> = new Map([
  ['utm_source', 'utmSource'],
  ['utm_medium', 'utmMedium'],
  ['utm_campaign', 'utmCampaign'],
  ['utm_id', 'utmId'],
  ['utm_term', 'utmTerm'],
  ['utm_content', 'utmContent'],
]);

/** The campaign field of a parameter, whatever the case of its name; null if it is none. */
export function readUtmField(name: string): keyof Utm | null {
  return FIELDS.get(name.toLowerCase()) ?? null;
}
