import type { z } from 'zod';
import { badFields, type FieldError, type Problem } from './problem.ts';

/** Fields that a vendor's own schema has read, or what is wrong with them. */
export type VendorFields =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'bad'; readonly problem: Problem };

/** Checks credentials or settings by the vendor's schema; paths begin with the field that they stand in. */
export function readVendorFields(schema: z.ZodType, value: unknown, field: string): VendorFields {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  return { kind: 'bad', problem: badFields(parsed.error.issues.flatMap((issue) => readIssue(issue, field))) };
}

function readIssue(issue: z.core.$ZodIssue, field: string): FieldError[] {
  const path = [field, ...issue.path.map(String)];
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (keys.length === 0) return [{ path: path.join('.'), message: issue.message }];
  return keys.map((key) => ({ path: [...path, key].join('.'), message: 'There is no such field.' }));
}
