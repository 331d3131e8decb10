import { randomBytes, randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

/** A new click's tracking token: 32 lower-case hex digits from the system's generator, drawn in pools (0.2 µs each). */
export function buildTrackingToken(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.toString('hex', used - 16, used);
}

const TRACKING_TOKEN = /^[0-9a-f]{32}$/;

/** Whether a value has the shape of a tracking token; says nothing of its existence. */
export function isTrackingToken(value: unknown): value is string {
  return typeof value === 'string' && TRACKING_TOKEN.test(value);
}

/** A time-ordered UUID (version 7, RFC 9562) of the given instant in ms; made here because PostgreSQL before 18 has none. */
export function buildId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a UUID, so that a malformed id in a path is "not found" and never a database error. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** A secret for links and webhooks: 32 random bytes as 43 URL-safe characters. */
export function buildSecret(): string {
  return randomBytes(32).toString('base64url');
}
