/** Where a lead says it lives, as far as a form asked. */
export interface LeadAddress {
  readonly city: string | null;
  readonly state: string | null;
  readonly zip: string | null;
  /** As written: a platform takes only what it can read as an ISO 3166-1 code. */
  readonly country: string | null;
}

const NAMES: Readonly<Record<keyof LeadAddress, readonly string[]>> = {
  city: ['city', 'cidade'],
  state: ['state', 'estado', 'uf'],
  zip: ['zip', 'cep', 'postal_code', 'zipcode'],
  country: ['country', 'pais', 'país'],
};

const MAX_LENGTH = 100;

/** Looks for an address in what forms add to a lead, in this order; names in any case. */
export function readAddress(...sources: readonly unknown[]): LeadAddress {
  const find = (part: keyof LeadAddress): string | null => {
    for (const source of sources) {
      const entry = listEntries(source).find(
        ([name, value]) => NAMES[part].includes(name.toLowerCase()) && isWritten(value),
      );
      if (entry) return String(entry[1]).trim();
    }
    return null;
  };
  return {
    city: find('city'),
    state: find('state'),
    zip: find('zip'),
    country: readCountry(find('country')),
  };
}

const listEntries = (source: unknown): readonly (readonly [string, unknown])[] =>
  typeof source === 'object' && source !== null ? Object.entries(source) : [];

const isWritten = (value: unknown): boolean =>
  (typeof value === 'string' || typeof value === 'number') &&
  String(value).trim() !== '' &&
  String(value).length <= MAX_LENGTH;

/** Brazil is written out by the forms of this country's sites; any other name stays as it is. */
const readCountry = (text: string | null): string | null =>
  text !== null && /^bra[sz]il$/i.test(text) ? 'BR' : text;
