/** For how long personal data are kept, as a workspace sets it; null = for ever. */
export interface Retention {
  /** Days that raw addresses of clicks and bot users are kept. */
  readonly ip_days: number;
  /** Days until a lead is anonymised, and the address of a visit is cleared. */
  readonly lead_days: number;
  /** Days after their last message that people in bots keep their names. */
  readonly name_days: number;
  /** Days that the contents of messages, webhooks and requests are kept. */
  readonly log_days: number;
  /** Days that a click keeps its browser's identifiers. */
  readonly click_days: number | null;
  /** Months after which the facts of visits are moved into sealed files; only the first workspace's counts. */
  readonly archive_months: number | null;
}

/** What holds where a workspace says nothing. Seven days of addresses is how long ad platforms take events with them. */
export const RETENTION_DEFAULTS: Retention = {
  ip_days: 7,
  lead_days: 183,
  name_days: 183,
  log_days: 30,
  click_days: null,
  archive_months: null,
};

/** A setting that is counted in days. */
export type RetentionDays = Exclude<keyof Retention, 'archive_months'>;

/** A workspace's retention out of its `settings`; what is absent or no positive whole number is the default. */
export function readRetention(settings: unknown): Retention {
  const stored: unknown =
    typeof settings === 'object' && settings !== null ? Reflect.get(settings, 'retention') : null;
  const read = <Value>(name: keyof Retention, otherwise: Value): number | Value => {
    const value: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, name) : null;
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  return {
    ip_days: read('ip_days', RETENTION_DEFAULTS.ip_days),
    lead_days: read('lead_days', RETENTION_DEFAULTS.lead_days),
    name_days: read('name_days', RETENTION_DEFAULTS.name_days),
    log_days: read('log_days', RETENTION_DEFAULTS.log_days),
    click_days: read('click_days', null),
    archive_months: read('archive_months', null),
  };
}
