import { z } from 'zod';
import { isCidr } from './domain/ip.ts';

/** The base URL of a service, without the slashes at its end. */
export const baseUrl = z
  .string()
  .refine(isHttpUrl, 'must be an absolute http:// or https:// address')
  .transform((url) => url.replace(/\/+$/, ''));

/** A whole number from `min` to `max`, both with it. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

/** Addresses or CIDR ranges with commas between them. */
export const cidrList = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every(isCidr), 'must be a comma-separated list of addresses or CIDR ranges');

/** At least 32 bytes. */
export const secret = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes long');

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.search === '' &&
    url.hash === ''
  );
}
