import type { Vault } from '../io/vault.ts';

/** The columns of a lead that are encrypted at rest. */
export const SEALED_FIELDS = ['name', 'email', 'phone', 'message'] as const;

/** A column of a lead that is encrypted at rest. */
export type SealedField = (typeof SEALED_FIELDS)[number];

/** What a lead said of itself, in the clear. Never log it. */
export type LeadContact = { readonly [F in SealedField]: string | null };

/** Encrypts one column; null stays null. */
export function sealField(vault: Vault, field: SealedField, text: string | null): Buffer | null {
  return text === null ? null : vault.seal(text, `leads.${field}`);
}

/** Decrypts a lead's columns. Throws if they were sealed with another SECRET_KEY. */
export function openContact(
  vault: Vault,
  row: { readonly [F in SealedField]: Uint8Array | null },
): LeadContact {
  const open = (field: SealedField): string | null => {
    const sealed = row[field];
    return sealed === null ? null : vault.open(sealed, `leads.${field}`);
  };
  return { name: open('name'), email: open('email'), phone: open('phone'), message: open('message') };
}
