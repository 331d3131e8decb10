import type { Place } from '../../domain/place.ts';
import { findStateCode } from './state-codes.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Understands a record of either of the two schemas in use: MaxMind's nested one (ISO codes inside) and the flat one of
 * ip-location-db (names only). Null when the record names no country.
 */
export function readPlace(record: unknown): Place | null {
  if (!isFields(record)) return null;
  return isFields(record.country) || isFields(record.registered_country)
    ? readNested(record)
    : readFlat(record);
}

function readNested(record: Fields): Place | null {
  const country = readCountry(readField(record.country, 'iso_code'));
  if (country === null) return null;
  const subdivisions = Array.isArray(record.subdivisions) ? record.subdivisions : [];
  const [subdivision]: unknown[] = subdivisions;
  const code = readText(readField(subdivision, 'iso_code'));
  return {
    country,
    state: code ?? readStateName(country, readEnglish(subdivision)),
    city: readCity(readEnglish(record.city)),
    latitude: readNumber(readField(record.location, 'latitude'), 90),
    longitude: readNumber(readField(record.location, 'longitude'), 180),
  };
}

function readFlat(record: Fields): Place | null {
  const country = readCountry(record.country_code);
  if (country === null) return null;
  return {
    country,
    state: readStateName(country, readText(record.state1)),
    city: readCity(readText(record.city)),
    latitude: readNumber(record.latitude, 90),
    longitude: readNumber(record.longitude, 180),
  };
}

function readStateName(country: string, name: string | null): string | null {
  return name === null ? null : findStateCode(country, name);
}

/** DB-IP adds the quarter: `Sao Paulo (Varzea da Barra Funda)`. */
function readCity(name: string | null): string | null {
  return name === null ? null : name.replace(/\s*\([^)]*\)\s*$/, '') || null;
}

function readEnglish(named: unknown): string | null {
  return readText(readField(readField(named, 'names'), 'en'));
}

function readCountry(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : null;
}

function readText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Old editions write coordinates as text. */
function readNumber(value: unknown, limit: number): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= limit ? number : null;
}

function readField(value: unknown, name: string): unknown {
  return isFields(value) ? value[name] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
