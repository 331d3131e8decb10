import { buildStorableJson } from '../domain/storable-json.ts';
import { buildStorableText } from '../domain/storable-text.ts';

/** A posted JSON object before anything is known of its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/;
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,6})?$/;
const JSON_LIMIT = 16 * 1024;

/** An instant in ms since the epoch: RFC 3339 with its zone, or a number of milliseconds; null if it is neither. */
export function readInstant(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? Math.round(value) : null;
  if (typeof value !== 'string' || value.length > 40 || !INSTANT.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

/** Reads the fields of one item and remembers the first thing that is wrong with it. */
export class ItemFields {
  readonly #fields: Fields;
  #problem: string | null = null;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** What is wrong, in words; null while nothing is. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Says what is wrong, unless something was before. */
  refuse(problem: string): void {
    this.#problem ??= problem;
  }

  /** The value as it came. */
  raw(name: string): unknown {
    return this.#fields[name];
  }

  /** Text cut at the limit; null where it is absent, null or empty. Numbers are taken as they are written. */
  text(name: string, limit: number): string | null {
    const value = this.#fields[name];
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string') return buildStorableText(value, limit) || null;
    this.refuse(`${name} must be text.`);
    return null;
  }

  /** A finite number, also as text; as text without exponent, so that it is a SQL numeric. */
  decimal(name: string): string | null {
    const value = this.#fields[name];
    if (value === undefined || value === null || value === '') return null;
    const text = typeof value === 'number' ? readWritten(value) : value;
    if (typeof text === 'string' && DECIMAL.test(text)) return text;
    this.refuse(`${name} must be a number of at most 15 digits and 6 decimals.`);
    return null;
  }

  /** Whole seconds, rounded, from 0 to a day. */
  seconds(name: string): number | null {
    const value = this.#fields[name];
    if (value === undefined || value === null) return null;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0)
      return Math.min(86_400, Math.round(value));
    this.refuse(`${name} must be a number of seconds.`);
    return null;
  }

  /** False where it is absent. */
  flag(name: string): boolean {
    const value = this.#fields[name];
    if (value === undefined || value === null || typeof value === 'boolean') return value === true;
    this.refuse(`${name} must be true or false.`);
    return false;
  }

  /** A JSON object of at most 16 KiB. */
  object(name: string): Fields | null {
    const value = this.#fields[name];
    if (value === undefined || value === null) return null;
    if (isFields(value) && buildStorableJson(value, JSON_LIMIT) !== null) return value;
    this.refuse(`${name} must be a JSON object of at most 16 KiB, not nested deeper than 20 levels.`);
    return null;
  }
}

/** A script adds tenths up to 0.30000000000000004: six decimals are what is meant. */
function readWritten(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return '';
  return Number.isInteger(value) ? value.toFixed(0) : value.toFixed(6).replace(/\.?0+$/, '');
}
