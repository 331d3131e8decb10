/** An error as the Graph API gives it; `status` 400 and type OAuthException unless told. */
export interface GraphError {
  readonly code: number;
  readonly subcode?: number;
  readonly status?: number;
  readonly type?: string;
  readonly message?: string;
  readonly title?: string;
  readonly isTransient?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const DAY_S = 86_400;
const MAX_AGE_S = 7 * DAY_S;
const HASHED = ['em', 'ph', 'fn', 'ln', 'ct', 'st', 'zp', 'country', 'ge', 'db'];
const STRONG = ['em', 'ph', 'external_id', 'fbc', 'fbp', 'client_ip_address'];
const SHA256 = /^[0-9a-f]{64}$/;
const ACTION_SOURCES = new Set(
  'email website app phone_call chat physical_store system_generated business_messaging other'.split(' '),
);

/** The first reason for which Meta would refuse the request; one bad event refuses it whole. */
export function findBatchError(body: Json | null, nowMs: number): GraphError | null {
  const events = body?.data;
  if (!Array.isArray(events) || events.length === 0) {
    return { code: 100, message: '(#100) param data must be non-empty.' };
  }
  if (events.length > 1000) return invalid(2804007, 'Too many events in one request');
  for (const event of events) {
    const error = isJson(event) ? findEventError(event, nowMs / 1000) : invalid(2804001, 'Malformed event');
    if (error) return error;
  }
  return null;
}

function findEventError(event: Json, now: number): GraphError | null {
  const { event_name: name, event_time: time, action_source: source } = event;
  if (typeof name !== 'string' || name === '') return invalid(2804001, 'Missing event name');
  if (typeof time !== 'number' || !Number.isInteger(time)) return invalid(2804019, 'Invalid event time');
  if (time < now - MAX_AGE_S) return invalid(2804003, 'Event Timestamp Too Old');
  if (time > now + 60) return invalid(2804004, 'Event Timestamp In The Future');
  if (typeof source !== 'string' || !ACTION_SOURCES.has(source))
    return invalid(2804016, 'Missing action source');
  return findCustomDataError(event, name) ?? findUserDataError(event, source);
}

function findCustomDataError(event: Json, name: string): GraphError | null {
  const custom = isJson(event.custom_data) ? event.custom_data : {};
  const hasValue = typeof custom.value === 'number';
  const hasCurrency = typeof custom.currency === 'string' && /^[A-Z]{3}$/.test(custom.currency);
  if (name === 'Purchase' && !hasValue) return invalid(2804009, 'Missing Value for Purchase Event');
  if (hasValue && !hasCurrency) return invalid(2804023, 'Missing Currency');
  const contents = Array.isArray(custom.contents) ? custom.contents : [];
  const hasIds = contents.every((item) => isJson(item) && typeof item.id === 'string');
  return hasIds ? null : invalid(2804008, 'Contents without id');
}

function findUserDataError(event: Json, source: string): GraphError | null {
  const user = event.user_data;
  if (!isJson(user)) return invalid(2804001, 'Missing user data');
  const isPlain = HASHED.some((key) => !asList(user[key]).every((value) => SHA256.test(String(value))));
  if (isPlain) return invalid(2804048, 'Customer information is not hashed');
  if (source === 'website' && (!event.event_source_url || !user.client_user_agent)) {
    return invalid(2804017, 'Website events need event_source_url and client_user_agent');
  }
  const hasStrong = STRONG.some((key) => asList(user[key]).length > 0);
  return hasStrong ? null : invalid(2804050, 'Not enough customer information');
}

const invalid = (subcode: number, title: string): GraphError => ({ code: 100, subcode, title });

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
